// The words of the page in English and Vietnamese.

const words = {
  en: {
    open: "Open a file", path: "or a path on the server", go: "Go", previous: "Previous page", next: "Next page", page: "Page",
    out: "Smaller", in: "Larger", fit: "Fit", overlays: "What was found", layers: "Layers", all: "All", nothing: "None", tables: "Tables", lines: "Text", structure: "Structure",
    theme: "Dark or light", pages: "Pages", viewer: "The page. Drag a box over it, or type one at the right",
    welcome: "Open a document, then drag a box over anything on its page.", width: "width", height: "height", cut: "Cut",
    crop: "Crop", keep: "Add to evidence", text: "Text", table: "Table", copy: "Copy", evidence: "Evidence", zip: "Save as ZIP",
    folder: "Save to a folder", print: "Print a report", working: "Working…", ready: "Ready", none: "none", up: "Move up", down: "Move down",
    remove: "Remove", name: "Name", pageOf: (page, count) => `Page ${page} of ${count}`, copied: "Copied", saved: "Saved",
  },
  vi: {
    open: "Mở tệp", path: "hoặc đường dẫn trên máy chủ", go: "Mở", previous: "Trang trước", next: "Trang sau", page: "Trang",
    out: "Thu nhỏ", in: "Phóng to", fit: "Vừa khung", overlays: "Kết quả tìm thấy", layers: "Lớp", all: "Tất cả", nothing: "Không lớp nào", tables: "Bảng", lines: "Văn bản", structure: "Cấu trúc",
    theme: "Nền tối hoặc sáng", pages: "Các trang", viewer: "Trang tài liệu. Kéo một khung trên trang, hoặc nhập toạ độ ở bên phải",
    welcome: "Mở một tài liệu, rồi kéo một khung quanh bất cứ thứ gì trên trang.", width: "rộng", height: "cao", cut: "Cắt",
    crop: "Ảnh cắt", keep: "Thêm vào bằng chứng", text: "Văn bản", table: "Bảng", copy: "Sao chép", evidence: "Bằng chứng", zip: "Lưu tệp ZIP",
    folder: "Lưu vào thư mục", print: "In báo cáo", working: "Đang xử lý…", ready: "Sẵn sàng", none: "không có", up: "Lên", down: "Xuống",
    remove: "Xoá", name: "Tên", pageOf: (page, count) => `Trang ${page} trên ${count}`, copied: "Đã sao chép", saved: "Đã lưu",
  },
};

let language = localStorage.getItem("language") ?? (navigator.language.startsWith("vi") ? "vi" : "en");

export const word = (key) => words[language][key];

// Writes every word of the document in the language chosen.
export function translate() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = word(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", word(element.dataset.label));
    element.title = word(element.dataset.label);
  }
  for (const element of document.querySelectorAll("[data-hint]")) {
    element.placeholder = word(element.dataset.hint);
    element.setAttribute("aria-label", word(element.dataset.hint));
  }
  document.getElementById("language").textContent = language === "en" ? "Tiếng Việt" : "English";
}

export function otherLanguage() {
  language = language === "en" ? "vi" : "en";
  localStorage.setItem("language", language);
  translate();
}
