// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace zerogap {

/// Size of an image in pixels, and its bits per pixel.
struct PngHeader {
  int width = 0;
  int height = 0;
  int bits = 0;  ///< per pixel: 8 or 16
};

/// Size of a grey PNG file. Throws Error (exit 3) for a file that is missing, damaged, coloured, transparent,
/// or of 1, 2 or 4 bits.
PngHeader read_png_header(const std::string& path);

/// Pixels of a grey PNG file as value / 255 or value / 65535, row by row, no gamma. `out`: height * width of
/// its header.
void read_png(const std::string& path, std::span<double> out);

/// Writes grey pixels of 8 bits, row by row. Throws Error (exit 3) if that fails.
void write_png(const std::string& path, int width, int height, std::span<const std::uint8_t> pixels);
/// The same for 16 bits.
void write_png16(const std::string& path, int width, int height, std::span<const std::uint16_t> pixels);

}  // namespace zerogap
