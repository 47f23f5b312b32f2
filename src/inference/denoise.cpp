// SPDX-License-Identifier: Apache-2.0
#include "inference/denoise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "core/error.hpp"
#include "core/random.hpp"
#include "data/png.hpp"
#include "data/source.hpp"
#include "inference/output_files.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

struct Job {
  std::string image, name, clean;  ///< clean: empty if none is known
  PngHeader header;
};

/// Everything that can be checked before a pixel is computed.
std::vector<Job> plan_jobs(const DenoiseArguments& a) {
  std::error_code ignored;
  const bool folder = fs::is_directory(a.clean, ignored);
  if (!a.clean.empty() && !folder && a.images.size() > 1)
    throw usage_error("--clean " + a.clean + " is one image",
                      fmt::format("{} are to be denoised", a.images.size()),
                      "give a folder with clean images of the same names");
  std::vector<Job> jobs;
  std::set<std::string> names;
  for (const auto& image : a.images) {
    if (fs::is_directory(image, ignored))
      throw usage_error(image + " is a folder", "files are expected", "give " + image + "/*.png");
    Job job{image, fs::path(image).filename().string(), "", read_png_header(image)};
    if (!names.insert(job.name).second)
      throw usage_error("two images have the name " + job.name, "each result has its image's name",
                        "denoise them into different folders");
    if (!a.clean.empty()) job.clean = folder ? (fs::path(a.clean) / job.name).string() : a.clean;
    if (!job.clean.empty()) {
      const auto clean = read_png_header(job.clean);
      if (clean.width != job.header.width || clean.height != job.header.height)
        throw data_error(fmt::format("{} has {} x {} pixels", job.clean, clean.width, clean.height),
                         fmt::format("{} has {} x {}", image, job.header.width, job.header.height),
                         "give the clean image of the same size");
    } else if (a.sigma > 0.0) {
      job.clean = image;
    }
    jobs.push_back(std::move(job));
  }
  return jobs;
}

std::vector<double> pixels_of(const std::string& path, const PngHeader& header) {
  std::vector<double> pixels(static_cast<std::size_t>(header.width) *
                             static_cast<std::size_t>(header.height));
  read_png(path, pixels);
  return pixels;
}

double mean_square(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

void write(const std::string& path, const PngHeader& header, const std::vector<double>& pixels) {
  const double largest = header.bits == 16 ? 65535.0 : 255.0;
  std::vector<std::uint16_t> levels(pixels.size());
  std::transform(pixels.begin(), pixels.end(), levels.begin(), [&](double pixel) {
    return static_cast<std::uint16_t>(std::lround(largest * std::clamp(pixel, 0.0, 1.0)));
  });
  if (header.bits == 16) return write_png16(path, header.width, header.height, levels);
  write_png(path, header.width, header.height, std::vector<std::uint8_t>(levels.begin(), levels.end()));
}

double psnr(double error) { return -10.0 * std::log10(error); }

std::string psnr_text(double noisy_error, double error) {
  return fmt::format("PSNR {:.2f} dB, before {:.2f} dB", psnr(error), psnr(noisy_error));
}

}  // namespace

std::vector<DenoisedImage> denoise_images(const DenoiseArguments& a, const TrainedNetwork& network) {
  if (!(a.sigma >= 0.0) || !std::isfinite(a.sigma))
    throw usage_error(fmt::format("--sigma is {}", a.sigma), "it is a deviation of pixels between 0 and 1",
                      "give a number from 0 on");
  const auto jobs = plan_jobs(a);
  OutputFiles files(a.out);
  for (const auto& job : jobs) files.require_new(job.name);
  std::vector<DenoisedImage> results;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Job& job = jobs[i];
    auto noisy = pixels_of(job.image, job.header);
    if (a.sigma > 0.0) {
      std::vector<double> noise(noisy.size());
      Random(a.seed, RandomUse::noise).normals(image_key(Part::test, static_cast<std::int64_t>(i)), noise);
      for (std::size_t k = 0; k < noisy.size(); ++k) noisy[k] += a.sigma * noise[k];
    }
    const auto denoised = apply(network, noisy, job.header.height, job.header.width);
    DenoisedImage result{job.name, job.header.height, job.header.width, {}, {}};
    if (!job.clean.empty()) {
      const auto clean = pixels_of(job.clean, job.header);
      result.noisy_error = mean_square(noisy, clean);
      result.error = mean_square(denoised, clean);
    }
    write(files.add(job.name), job.header, denoised);
    results.push_back(std::move(result));
  }
  files.keep();
  return results;
}

std::string denoised_text(const TrainedNetwork& network, const std::vector<DenoisedImage>& images) {
  std::string text =
      fmt::format("network  {} of {}, {} {} of {} x {}\n", network.name, network.file, network.rows(),
                  network.gated ? "blocks" : "filters", network.side, network.side);
  double before = 0.0, after = 0.0, pixels = 0.0;
  std::size_t known = 0;
  for (const auto& image : images) {
    text += fmt::format("{}  {} x {}", image.name, image.width, image.height);
    if (image.error) {
      text += "  " + psnr_text(*image.noisy_error, *image.error);
      const double size = static_cast<double>(image.height) * image.width;
      before += size * *image.noisy_error;
      after += size * *image.error;
      pixels += size;
      ++known;
    }
    text += "\n";
  }
  if (known > 1) text += "all  " + psnr_text(before / pixels, after / pixels) + "\n";
  return text;
}

}  // namespace zerogap
