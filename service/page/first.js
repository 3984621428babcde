// The first page of a document that the address names: asked for before the other modules have come.

import { asked, picture } from "./api.js";

// Sharp enough for an A3 sheet that fits the window; an A0 sheet has 3.7 megapixels.
const DPI = 48;
// Larger than any page: what is asked for is cut to the page, whose size the reply tells.
const ALL = [0, 0, 1e7, 1e7];

// The first page as { blob, dpi, size }, without knowing its size.
export async function firstPage(file_path) {
  const { blob, bbox } = await picture({ file_path, page_index: 0, bbox: ALL, dpi: DPI, quality: 90 });
  return { blob, dpi: DPI, size: { width: bbox[2], height: bbox[3] } };
}

export const early = asked ? firstPage(asked) : null;
early?.catch(() => {});
