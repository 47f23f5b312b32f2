// SPDX-License-Identifier: Apache-2.0
// Networks taken out of a run: denoise and export, against the trainer's own predictions and against PyTorch.

#include "inference/denoise.hpp"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <random>

#include "checkpoint/checkpoint.hpp"
#include "data/hdf5_file.hpp"
#include "data/png.hpp"
#include "inference/export.hpp"
#include "program/runs.hpp"

namespace zerogap::test {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

const std::vector<std::string> kNetworks = {"primal", "mapped", "mapped_gate", "dual"};

/// A picture of any size with values that 8 bits hold.
std::vector<double> picture(int height, int width) {
  std::mt19937 generator(3);
  std::vector<double> pixels(static_cast<std::size_t>(height * width));
  for (auto& pixel : pixels) pixel = static_cast<double>(generator() % 256) / 255.0;
  return pixels;
}

void write_grey(const fs::path& file, int height, int width, const std::vector<double>& pixels) {
  std::vector<std::uint8_t> levels;
  for (const double pixel : pixels) levels.push_back(static_cast<std::uint8_t>(std::lround(255.0 * pixel)));
  write_png(file.string(), width, height, levels);
}

/// One pixel of any kind of PNG.
void write_pixel(const fs::path& file, int kind, int bits) {
  std::FILE* out = std::fopen(file.c_str(), "wb");
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_init_io(png, out);
  png_set_IHDR(png, info, 1, 1, bits, kind, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  const png_byte row[8] = {};
  png_write_row(png, row);
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  std::fclose(out);
}

std::vector<double> read_grey(const fs::path& file) {
  const auto header = read_png_header(file.string());
  std::vector<double> pixels(static_cast<std::size_t>(header.width * header.height));
  read_png(file.string(), pixels);
  return pixels;
}

class Use : public ::testing::Test {
 protected:
  Training trained(const Settings& more = {}) {
    Settings settings = {"run.precision=fp64", "optimizer.epochs=11", "optimizer.lr=0.03",
                         "network.lambda=0.1"};
    settings.insert(settings.end(), more.begin(), more.end());
    const Training run(folder_ / "run", settings);
    const Ended ended = run.train();
    EXPECT_EQ(ended.code, 0) << ended.err;
    return run;
  }

  /// apply() gives what the trainer's own passes predict of the training images, for every network.
  void expect_predictions(const Settings& settings) {
    const Training run = trained(settings);
    const auto data = (folder_ / "data.h5").string(), predictions = (folder_ / "predictions.h5").string();
    const Ended exported = zerogap({"data", (run.folder() / "config.yaml").string(), "--out", data});
    ASSERT_EQ(exported.code, 0) << exported.err;
    const Ended evaluated =
        zerogap({"evaluate", "--best", run.newest().string(), "--gradients", predictions});
    ASSERT_EQ(evaluated.code, 0) << evaluated.err;

    const auto images = open_plain(data);
    const auto shape = images.shape("noisy");
    const auto noisy = images.read<double>("noisy");
    const CheckpointReader expected(predictions);
    for (const auto& name : kNetworks) {
      const auto network = load_network({run.folder().string(), name, {}});
      const auto& n = network.normalisation;
      const auto pred = expected.read<double>(name + "/pred");
      ASSERT_EQ(pred.size(), noisy.size());
      const std::size_t size = shape[1] * shape[2];
      double worst = 0.0, largest = 0.0;
      for (std::size_t i = 0; i < shape[0]; ++i) {
        const auto out = apply(network, std::span(noisy).subspan(i * size, size), static_cast<int>(shape[1]),
                               static_cast<int>(shape[2]));
        for (std::size_t k = 0; k < size; ++k) {
          worst = std::max(worst, std::abs(out[k] - (pred[i * size + k] * n.deviation + n.mean)));
          largest = std::max(largest, std::abs(pred[i * size + k]));
        }
      }
      EXPECT_LT(worst, 1e-11) << name;
      EXPECT_GT(largest, 0.01) << name;  // not a comparison of zeros
    }
  }

  Ended denoise(std::vector<std::string> more, int ranks = 0) {
    more.insert(more.begin(), {"denoise", (folder_ / "run").string()});
    return zerogap(more, ranks);
  }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  Folder folder_;
};

TEST_F(Use, PredictsAsTheTrainer) { expect_predictions({}); }
TEST_F(Use, PredictsAsTheTrainerWithFilters5x5AndNormalisedImages) {
  expect_predictions({"patches.filter=5", "data.normalise=true", "network.rho=0", "optimizer.lr=0.003"});
}
TEST_F(Use, PredictsAsTheTrainerInTheBall) {
  expect_predictions({"network.form=ball", "network.lambda=0.02"});
}
TEST_F(Use, PredictsAsTheTrainerOfProduct) { expect_predictions({"network.form=product"}); }
TEST_F(Use, PredictsAsTheTrainerWithRelativeThresholds) { expect_predictions({"network.form=relative"}); }

TEST_F(Use, DenoisesImagesOfAnySizeAndBits) {
  trained();
  const auto small = picture(5, 11), large = picture(40, 33);
  write_grey(at("small.png"), 5, 11, small);
  std::vector<std::uint16_t> levels;
  for (const double pixel : large) levels.push_back(static_cast<std::uint16_t>(std::lround(65535.0 * pixel)));
  write_png16(at("large.png"), 33, 40, levels);
  for (const int ranks : {0, 2}) {
    const std::string out = at("out" + std::to_string(ranks));
    const Ended ended = denoise({at("small.png"), at("large.png"), "--out", out, "--network", "dual"}, ranks);
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("dual of"));
    EXPECT_THAT(ended.out, HasSubstr("small.png  11 x 5"));
    EXPECT_EQ(read_png_header(out + "/large.png").bits, 16);
    EXPECT_EQ(read_png_header(out + "/small.png").bits, 8);
    const auto network = load_network({at("run"), "dual", {}});
    const auto check = [&](const std::string& name, const std::vector<double>& in, int height, double step) {
      const auto expected = apply(network, in, height, static_cast<int>(in.size()) / height);
      const auto found = read_grey(out + "/" + name);
      ASSERT_EQ(found.size(), expected.size());
      for (std::size_t k = 0; k < found.size(); ++k)
        ASSERT_NEAR(found[k], std::clamp(expected[k], 0.0, 1.0), 0.501 * step) << name << " " << k;
    };
    check("small.png", small, 5, 1.0 / 255.0);
    check("large.png", large, 40, 1.0 / 65535.0);
    EXPECT_EQ(std::distance(fs::directory_iterator(out), {}), 2);
  }
}

TEST_F(Use, NoiseIsAddedAndMeasured) {
  trained();
  const Ended drawn =
      zerogap({"data", "--set", "data.source=digits", "--set", "data.images=4", "--out", at("digits.h5")});
  ASSERT_EQ(drawn.code, 0) << drawn.err;
  const auto images = open_plain(at("digits.h5"));
  const auto clean = images.read<double>("clean");
  const auto shape = images.shape("clean");
  const std::size_t size = shape[1] * shape[2];
  fs::create_directory(at("clean"));
  for (const std::size_t i : {0, 1})
    write_grey(at("clean/" + std::to_string(i) + ".png"), static_cast<int>(shape[1]),
               static_cast<int>(shape[2]),
               {clean.begin() + static_cast<std::ptrdiff_t>(i * size),
                clean.begin() + static_cast<std::ptrdiff_t>((i + 1) * size)});
  DenoiseArguments a{{at("run"), "", {}}, {at("clean/0.png"), at("clean/1.png")}, at("a"), "", 0.25, 5};
  const auto network = load_network(a.network);
  const auto first = denoise_images(a, network);
  ASSERT_EQ(first.size(), 2U);
  for (const auto& image : first) {
    EXPECT_NEAR(std::sqrt(*image.noisy_error), 0.25, 0.03);
    EXPECT_LT(*image.error, *image.noisy_error);  // it does denoise
  }
  EXPECT_NE(*first[0].noisy_error, *first[1].noisy_error);
  a.out = at("b");
  EXPECT_EQ(*denoise_images(a, network)[1].error, *first[1].error);
  a.out = at("c");
  a.seed = 6;
  EXPECT_NE(*denoise_images(a, network)[1].error, *first[1].error);

  const Ended known = denoise({at("a/0.png"), at("a/1.png"), "--clean", at("clean"), "--out", at("d")});
  ASSERT_EQ(known.code, 0) << known.err;
  EXPECT_THAT(known.out, HasSubstr("PSNR"));
  EXPECT_THAT(known.out, HasSubstr("all  PSNR"));
}

TEST_F(Use, BadImagesAreRefusedAndNothingIsWritten) {
  trained();
  write_grey(at("good.png"), 3, 4, picture(3, 4));
  write_pixel(at("colour.png"), PNG_COLOR_TYPE_RGB, 8);
  write_pixel(at("alpha.png"), PNG_COLOR_TYPE_GRAY_ALPHA, 8);
  write_pixel(at("bit.png"), PNG_COLOR_TYPE_GRAY, 1);
  write_text(at("empty.png"), "");
  write_text(at("text.png"), "no image at all");
  const std::string whole = text_of(at("good.png"));
  write_text(at("cut.png"), whole.substr(0, whole.size() - 20));
  write_grey(at("other.png"), 4, 4, picture(4, 4));
  fs::create_directory(at("sub"));
  fs::copy(at("good.png"), at("sub/good.png"));
  const auto refused = [&](const std::vector<std::string>& images, int code,
                           const std::vector<std::string>& fragments) {
    std::vector<std::string> all = {at("good.png")};
    all.insert(all.end(), images.begin(), images.end());
    all.insert(all.end(), {"--out", at("new/out")});
    expect_error(denoise(all), code, fragments);
    EXPECT_FALSE(fs::exists(at("new"))) << images.front();
  };
  refused({at("colour.png")}, 3, {"colour.png is no grey image", "-colorspace Gray"});
  refused({at("alpha.png")}, 3, {"alpha.png", "transparency"});
  refused({at("bit.png")}, 3, {"1 bits"});
  refused({at("empty.png")}, 3, {"empty.png", "it is empty"});
  refused({at("text.png")}, 3, {"text.png", "PNG"});
  refused({at("cut.png")}, 3, {"cut.png"});  // found after good.png was denoised
  refused({at("none.png")}, 3, {"none.png", "No such file"});
  refused({at("sub")}, 2, {"is a folder", "/*.png"});
  refused({at("sub/good.png")}, 2, {"two images have the name good.png"});
  refused({at("other.png"), "--clean", at("good.png")}, 2, {"is one image"});
  expect_error(denoise({at("good.png"), "--clean", at("other.png"), "--out", at("new")}), 3, {"4 x 4"});
  expect_error(denoise({at("good.png"), "--sigma", "-1", "--out", at("new")}), 2, {"--sigma"});
  expect_error(denoise({at("good.png"), "--out", at("text.png")}), 3, {"text.png"});
  expect_error(denoise({at("good.png"), "--out", folder_.path().string()}), 3, {"will not overwrite"});
  EXPECT_EQ(text_of(at("good.png")), whole);
}

TEST_F(Use, BadWeightsAreRefused) {
  write_grey(at("good.png"), 3, 4, picture(3, 4));
  const auto refused = [&](const std::string& weights, const std::vector<std::string>& more, int code,
                           const std::vector<std::string>& fragments) {
    std::vector<std::string> all = {"denoise", at(weights), at("good.png"), "--out", at("new")};
    all.insert(all.end(), more.begin(), more.end());
    expect_error(zerogap(all), code, fragments);
    EXPECT_FALSE(fs::exists(at("new"))) << weights;
  };
  fs::create_directory(at("folder"));
  refused("folder", {}, 3, {"no network in", "no intact checkpoint"});
  refused("nowhere", {}, 3, {"nowhere"});
  const auto weights = [&](const std::string& name, std::int64_t columns, double value) {
    auto file = Hdf5Arrays::create(at(name));
    file.write("primal/u", {2, columns}, std::vector<double>(static_cast<std::size_t>(2 * columns), value));
    file.write("primal/v", {2}, std::vector<double>{1.0, 2.0});
    file.close();
  };
  weights("even.h5", 16, 0.5);
  weights("nan.h5", 9, std::nan(""));
  weights("good.h5", 9, 0.5);
  refused("even.h5", {"--set", "network.lambda=0.1"}, 3, {"do not fit images", "16 numbers"});
  refused("nan.h5", {"--set", "network.lambda=0.1"}, 3, {"not finite"});
  refused("good.h5", {}, 2, {"threshold", "--set network.lambda"});
  refused("good.h5", {"--set", "network.lambda=0.1", "--network", "dual"}, 3, {"no dual network"});
  trained({"run.networks=[dual]"});
  refused("run", {"--network", "primal"}, 3, {"no primal network", "--network dual"});
  refused("run", {"--set", "network.lambda=0.3"}, 2, {"another network"});
}

/// A Python in which PyTorch can be imported; empty where there is none.
std::string python_with(const std::string& module) {
  std::string find = "p=$('" ZEROGAP_LAUNCH "/setup' --where); for c in \"$p\"/bin/python ";
  find += "\"$(dirname \"$p\")\"/bench-env-*/bin/python python3; do ";
  find += "\"$c\" -c 'import " + module + "' 2>/dev/null && echo \"$c\" && break; done";
  auto out = Process({"sh", "-c", find}).wait().out;
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

TEST_F(Use, TorchScriptGivesTheSameInPython) {
  const std::string python = python_with("torch");
  if (python.empty())
    GTEST_SKIP() << "needs a Python that can import torch; tests/bench/environment makes one";
  trained({"data.normalise=true", "network.rho=0", "optimizer.lr=0.003"});
  constexpr int n = 17, h = 12, images = 2;
  const auto pixels = picture(images * n, h);
  std::vector<float> noisy(pixels.begin(), pixels.end());
  std::ofstream(at("in.raw"), std::ios::binary)
      .write(reinterpret_cast<const char*>(noisy.data()), static_cast<std::streamsize>(4 * noisy.size()));
  for (const auto& name : kNetworks) {
    const auto file = at(name + ".pt");
    const Ended written =
        zerogap({"export", at("run"), "--format", "torchscript", "--network", name, "--out", file});
    ASSERT_EQ(written.code, 0) << written.err;
    const std::string script =
        "import array, torch\n"
        "x = torch.frombuffer(bytearray(open('" +
        at("in.raw") +
        "', 'rb').read()), dtype=torch.float32)\n"
        "y = torch.jit.load('" +
        file +
        "')(x.reshape(2, 1, 17, 12))\n"
        "assert y.shape == (2, 1, 17, 12), y.shape\n"
        "array.array('f', y.flatten().tolist()).tofile(open('" +
        at("out.raw") + "', 'wb'))\n";
    const Ended ended = Process({python, "-c", script}).wait();
    ASSERT_EQ(ended.code, 0) << ended.err;
    const std::string bytes = text_of(at("out.raw"));
    ASSERT_EQ(bytes.size(), 4 * noisy.size());
    std::vector<float> found(noisy.size());
    std::memcpy(found.data(), bytes.data(), bytes.size());
    const auto network = load_network({at("run"), name, {}});
    ASSERT_GT(network.rows(), 0) << name;
    for (int i = 0; i < images; ++i) {
      const std::vector<double> image(noisy.begin() + i * n * h, noisy.begin() + (i + 1) * n * h);
      const auto expected = apply(network, image, n, h);
      for (std::size_t k = 0; k < expected.size(); ++k)
        ASSERT_NEAR(found[static_cast<std::size_t>(i) * n * h + k], expected[k], 1e-6) << name << " " << k;
    }
  }
}

TEST_F(Use, NpzIsReadByNumPy) {
  const std::string python = python_with("numpy");
  if (python.empty()) GTEST_SKIP() << "needs a Python that can import numpy; run launch/setup";
  trained();
  const Ended written =
      zerogap({"export", at("run"), "--format", "npz", "--network", "dual", "--out", at("a.npz")});
  ASSERT_EQ(written.code, 0) << written.err;
  const auto dual = load_network({at("run"), "dual", {}}).dual;
  const std::string script =
      "import numpy as np\n"
      "a = np.load('" +
      at("a.npz") +
      "')\n"
      "print(sorted(a), a['w'].shape, repr(float(a['lambda'])), repr(float(a['g'][-1, -1])), "
      "a['w_prime'].dtype)\n";
  const Ended ended = Process({python, "-c", script}).wait();
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("['deviation', 'filter', 'g', 'lambda', 'mean', 'w', 'w_prime']"));
  EXPECT_THAT(ended.out, HasSubstr("(" + std::to_string(dual.count) + ", 9) 0.1 "));
  char last[40];
  std::snprintf(last, sizeof last, "%.15g", dual.g.back());
  EXPECT_THAT(ended.out, HasSubstr(std::string(last).substr(0, 14)));
  EXPECT_THAT(ended.out, HasSubstr("float64"));
}

TEST_F(Use, ExportedHdf5IsReadBack) {
  trained({"network.form=relative", "data.normalise=true", "network.rho=0", "optimizer.lr=0.003"});
  const auto image = picture(9, 8);
  for (const auto& name : kNetworks) {
    const auto file = at(name + ".h5");
    const Ended written =
        zerogap({"export", at("run"), "--format", "hdf5", "--network", name, "--out", file});
    ASSERT_EQ(written.code, 0) << written.err;
    const auto again = load_network({file, "", {}});
    EXPECT_EQ(apply(again, image, 9, 8), apply(load_network({at("run"), name, {}}), image, 9, 8)) << name;
  }
  const std::string before = text_of(at("dual.h5"));
  expect_error(zerogap({"export", at("run"), "--format", "hdf5", "--out", at("dual.h5")}), 3,
               {"will not overwrite"});
  EXPECT_EQ(text_of(at("dual.h5")), before);
  for (const char* format : {"npz", "hdf5", "torchscript"})
    expect_error(zerogap({"export", at("run"), "--format", format, "--out", at("none/a")}), 3,
                 {"there is no folder", "none", "make it first"});
  EXPECT_FALSE(fs::exists(at("none")));
}

}  // namespace
}  // namespace zerogap::test
