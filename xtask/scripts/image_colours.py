"""Prints the size of an image and its colours: `image_colours.py IMAGE`."""

import os
import sys

from PIL import Image

image = Image.open(sys.argv[1]).convert("RGB")
os.write(1, f"{image.size} {[colour for _, colour in image.getcolors() or ()]}".encode())
