// SPDX-License-Identifier: Apache-2.0
#include "data/png.hpp"

#include <png.h>

#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/files.hpp"

namespace zerogap {
namespace {

constexpr const char* kCheckDisk = "check the folder, its permissions and the free space";

void keep_message(png_structp png, png_const_charp text) {
  *static_cast<std::string*>(png_get_error_ptr(png)) = text;
  png_longjmp(png, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

/// Runs steps that call libpng; true if all succeeded. A failed call of libpng returns here by longjmp, so
/// steps must own nothing with a destructor.
template <class Steps>
bool attempt(png_structp png, Steps steps) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  steps();
  return true;
}

class PngReader {
 public:
  explicit PngReader(const std::string& path)
      : path_(path), file_(std::fopen(path.c_str(), "rb"), std::fclose) {
    if (!file_)
      throw data_error("cannot open " + path, std::strerror(errno), "check that the file is readable");
    if (std::getc(file_.get()) == EOF)
      throw data_error("cannot read " + path + " as PNG",
                       std::ferror(file_.get()) != 0 ? std::strerror(errno) : "it is empty",
                       "replace or remove the file");
    std::rewind(file_.get());
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &message_, keep_message, ignore_warning);
    info_ = png_create_info_struct(png_);
    if (info_ == nullptr || !attempt(png_, [this] {
          png_init_io(png_, file_.get());
          // Ancillary chunks (texts, times, colour profiles, ...) may claim any size.
          png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
          png_read_info(png_, info_);
        }))
      fail();
    try {
      check_kind();
      check_size();
    } catch (...) {
      destroy();
      throw;
    }
  }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  ~PngReader() { destroy(); }

  PngHeader header() const {
    return {static_cast<int>(png_get_image_width(png_, info_)),
            static_cast<int>(png_get_image_height(png_, info_)), png_get_bit_depth(png_, info_)};
  }

  /// All rows, big-endian for 16 bits per pixel; png_read_end verifies the file to its end.
  std::vector<png_byte> rows() {
    const std::size_t stride = png_get_rowbytes(png_, info_);
    std::vector<png_byte> bytes(stride * png_get_image_height(png_, info_));
    std::vector<png_bytep> starts(png_get_image_height(png_, info_));
    for (std::size_t y = 0; y < starts.size(); ++y) starts[y] = bytes.data() + y * stride;
    if (!attempt(png_, [this, &starts] {
          png_read_image(png_, starts.data());
          png_read_end(png_, nullptr);
        }))
      throw damaged();
    return bytes;
  }

 private:
  void destroy() { png_destroy_read_struct(&png_, &info_, nullptr); }

  Error damaged() const {
    return data_error("cannot read " + path_ + " as PNG", message_, "replace or remove the file");
  }
  [[noreturn]] void fail() {
    destroy();
    throw damaged();
  }

  void check_kind() const {
    const int kind = png_get_color_type(png_, info_), bits = png_get_bit_depth(png_, info_);
    const char* convert =
        "convert the images to grey without transparency, 8 or 16 bits (ImageMagick: convert IN.png -alpha "
        "off "
        "-colorspace Gray -depth 8 -type Grayscale OUT.png)";
    if ((kind & PNG_COLOR_MASK_COLOR) != 0)
      throw data_error(path_ + " is no grey image", "it has colours", convert);
    if ((kind & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png_, info_, PNG_INFO_tRNS) != 0)
      throw data_error(path_ + " is no plain grey image", "it has transparency", convert);
    if (bits != 8 && bits != 16)
      throw data_error(path_ + " has pixels of " + std::to_string(bits) + " bits", "8 and 16 are read",
                       convert);
  }

  /// So that nothing is allocated for pixels that cannot exist.
  void check_size() const {
    const std::uint64_t width = png_get_image_width(png_, info_), height = png_get_image_height(png_, info_);
    if (!may_hold(path_, static_cast<double>(png_get_rowbytes(png_, info_)) * static_cast<double>(height)))
      throw data_error("cannot read " + path_ + " as PNG",
                       "its header promises " + std::to_string(width) + " x " + std::to_string(height) +
                           " pixels, but the file is too short for so many",
                       "replace or remove the file");
  }

  std::string path_;
  std::string message_ = "no memory";
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

}  // namespace

PngHeader read_png_header(const std::string& path) { return PngReader(path).header(); }

void read_png(const std::string& path, std::span<double> out) {
  PngReader reader(path);
  const PngHeader header = reader.header();
  if (out.size() != static_cast<std::size_t>(header.width) * header.height)
    throw data_error(path + " changed its size while it was in use", "",
                     "do not write to a folder that is in use");
  const std::vector<png_byte> bytes = reader.rows();
  for (std::size_t k = 0; k < out.size(); ++k)
    out[k] = header.bits == 8 ? bytes[k] / 255.0 : (bytes[2 * k] * 256 + bytes[2 * k + 1]) / 65535.0;
}

namespace {

/// `bytes`: rows of width * bits / 8, big-endian.
void write_grey(const std::string& path, int width, int height, int bits,
                std::span<const std::uint8_t> bytes) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "wb"), std::fclose);
  if (!file) throw data_error("cannot create " + path, std::strerror(errno), kCheckDisk);
  std::string message = "no memory";
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &message, keep_message, ignore_warning);
  png_infop info = png_create_info_struct(png);
  bool written = info != nullptr && attempt(png, [&] {
                   png_init_io(png, file.get());
                   png_set_IHDR(png, info, width, height, bits, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                                PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
                   png_write_info(png, info);
                   for (int y = 0; y < height; ++y)
                     png_write_row(png, bytes.data() + std::size_t(y) * width * (bits / 8));
                   png_write_end(png, nullptr);
                 });
  png_destroy_write_struct(&png, &info);
  if (std::fclose(file.release()) != 0 && written) {
    written = false;
    message = std::strerror(errno);
  }
  if (!written) throw data_error("cannot write " + path, message, kCheckDisk);
}

}  // namespace

void write_png(const std::string& path, int width, int height, std::span<const std::uint8_t> pixels) {
  write_grey(path, width, height, 8, pixels);
}

void write_png16(const std::string& path, int width, int height, std::span<const std::uint16_t> pixels) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(2 * pixels.size());
  for (const auto pixel : pixels) {
    bytes.push_back(static_cast<std::uint8_t>(pixel >> 8));
    bytes.push_back(static_cast<std::uint8_t>(pixel & 255));
  }
  write_grey(path, width, height, 16, bytes);
}

}  // namespace zerogap
