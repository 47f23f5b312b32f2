// SPDX-License-Identifier: Apache-2.0
// Files that are not what a checkpoint should be: each kind is named, and none gives a wrong value.

#include <gmock/gmock.h>
#include <hdf5.h>

#include "checkpoint/inspect.hpp"
#include "unit/checkpoint/sample.hpp"

namespace zerogap {
namespace {

using ::testing::AllOf;
using testing::bytes_of;
using testing::error_of;
using testing::Folder;
using ::testing::HasSubstr;
using testing::put_bytes;
using testing::Sample;
using ::testing::StartsWith;

class Damage : public ::testing::Test {
 protected:
  Damage() : file(folder / "00000001.h5") { write_checkpoint(file, Sample().contents, *make_serial()); }

  std::string refusal() const {
    return error_of([&] { CheckpointReader reader(file); });
  }
  /// Opens the file for changes by HDF5's own means, as any tool might.
  template <class Change>
  void change(Change by) {
    const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    ASSERT_GE(id, 0);
    by(id);
    ASSERT_GE(H5Fclose(id), 0);
  }

  Folder folder;
  std::filesystem::path file;
};

TEST_F(Damage, EachKindIsNamed) {
  const std::string whole = bytes_of(file);
  EXPECT_EQ(refusal(), "none");
  put_bytes(file, whole.substr(0, whole.size() - 1));
  EXPECT_THAT(refusal(), AllOf(StartsWith("3: cannot read"), HasSubstr("truncated")));
  put_bytes(file, whole.substr(0, 20));
  EXPECT_THAT(refusal(), HasSubstr("truncated"));
  put_bytes(file, "");
  EXPECT_THAT(refusal(), HasSubstr("truncated: it has 0 bytes"));
  put_bytes(file, "PK\3\4" + whole);
  EXPECT_THAT(refusal(), HasSubstr("foreign: not an HDF5 file"));
  std::filesystem::remove(file);
  EXPECT_THAT(refusal(), HasSubstr("there is no such file"));
  EXPECT_FALSE(is_checkpoint(file));
  std::filesystem::create_directory(file);
  EXPECT_THAT(refusal(), HasSubstr("it is not a regular file"));
}

TEST_F(Damage, ForeignHdf5) {
  EXPECT_TRUE(is_checkpoint(file));
  change([](hid_t id) { H5Adelete(id, "format"); });
  EXPECT_THAT(refusal(), HasSubstr("foreign: an HDF5 file, but not a zerogap checkpoint"));
  EXPECT_FALSE(is_checkpoint(file));
  EXPECT_THAT(describe_file(file), HasSubstr("not a zerogap checkpoint: plain HDF5 with 7 arrays"));
}

TEST_F(Damage, NewerSchema) {
  change([](hid_t id) {
    const std::int64_t schema = checkpoint_schema + 1;
    const hid_t attribute = H5Aopen(id, "schema", H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_INT64, &schema);
    H5Aclose(attribute);
  });
  EXPECT_THAT(refusal(), HasSubstr("newer: its schema is 2, this zerogap knows up to 1); upgrade zerogap"));
}

// Another program's changes take the trailer with them. With verify = false only what the file looks like is
// checked.
TEST_F(Damage, ChangesByHandAreNoticed) {
  const std::string whole = bytes_of(file);
  const auto after = [&](auto by) {
    put_bytes(file, whole);
    change(by);
    EXPECT_THAT(refusal(), HasSubstr("corrupted"));
    return error_of([&] { CheckpointReader reader(file, false); });
  };
  const auto add_array = [](hid_t id, const char* path, hid_t type) {
    const hid_t space = H5Screate(H5S_SCALAR);
    H5Dclose(H5Dcreate2(id, path, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
  };
  EXPECT_EQ(after([](hid_t) {}), "none");
  EXPECT_THAT(after([&](hid_t id) { add_array(id, "extra", H5T_NATIVE_DOUBLE); }),
              HasSubstr("corrupted: extra is not an array"));
  EXPECT_THAT(after([&](hid_t id) { add_array(id, "meta/extra", H5T_NATIVE_DOUBLE); }),
              HasSubstr("corrupted: meta/extra is not a text"));
  EXPECT_THAT(after([](hid_t id) { H5Lcreate_soft("dual/w", id, "soft", H5P_DEFAULT, H5P_DEFAULT); }),
              HasSubstr("corrupted: soft links elsewhere"));
  EXPECT_THAT(after([](hid_t id) { H5Lcreate_hard(id, "/", id, "dual/loop", H5P_DEFAULT, H5P_DEFAULT); }),
              HasSubstr("corrupted"));
  EXPECT_THAT(after([](hid_t id) { H5Adelete(id, "checksum"); }), HasSubstr("corrupted"));
  EXPECT_THAT(after([](hid_t id) { H5Arename(id, "schema", "scheme"); }), HasSubstr("corrupted"));
  EXPECT_EQ(after([](hid_t id) { H5Ldelete(id, "dual/w", H5P_DEFAULT); }), "none");
  EXPECT_EQ(after([](hid_t id) { H5Adelete_by_name(id, "meta", "learning_rate", H5P_DEFAULT); }), "none");
}

// One bit of every byte in turn: noticed, or without any effect on what is read. HDF5 may not crash either.
TEST_F(Damage, EveryFlippedBit) {
  const std::string whole = bytes_of(file);
  std::fstream at(file, std::ios::binary | std::ios::in | std::ios::out);
  std::size_t harmless = 0;
  const auto put = [&](std::size_t offset, char byte) {
    at.seekp(static_cast<std::streamoff>(offset));
    at.put(byte).flush();
  };
  for (std::size_t offset = 0; offset < whole.size(); ++offset) {
    put(offset, static_cast<char>(whole[offset] ^ (1 << (offset % 8))));
    const std::string why = refusal();
    if (why == "none") {
      ++harmless;
      testing::expect_sample(CheckpointReader(file));
      ASSERT_FALSE(HasFailure()) << "byte " << offset;
    } else {
      ASSERT_THAT(why, StartsWith("3: cannot read")) << "byte " << offset;
      error_of([&] { describe_file(file); });
      error_of([&] { open_plain(file); });
    }
    put(offset, whole[offset]);
  }
  EXPECT_EQ(bytes_of(file), whole);
  RecordProperty("harmless", static_cast<int>(harmless));
  EXPECT_LT(harmless, whole.size() * 3 / 4);  // HDF5 leaves room between its objects, which nobody reads
}

TEST_F(Damage, EveryLength) {
  const std::string whole = bytes_of(file);
  for (std::size_t length = whole.size() - 1; length >= 13; length -= 13) {
    std::filesystem::resize_file(file, length);
    ASSERT_THAT(refusal(), HasSubstr("truncated")) << length;
  }
}

TEST_F(Damage, NoRoomIsMadeForWhatAShapePromises) {
  change([](hid_t id) {
    H5Adelete(id, "format");
    const hsize_t shape[2] = {1'000'000'000'000, 9}, piece[2] = {1, 9};
    const hid_t space = H5Screate_simple(2, shape, nullptr), how = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(how, 2, piece);
    H5Dclose(H5Dcreate2(id, "large", H5T_IEEE_F64LE, space, H5P_DEFAULT, how, H5P_DEFAULT));
    H5Pclose(how), H5Sclose(space);
    const hid_t wide = H5Tcopy(H5T_STD_I64LE), one = H5Screate(H5S_SCALAR);
    H5Tset_size(wide, 1 << 30);
    H5Dclose(H5Dcreate2(id, "wide", wide, one, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(one), H5Tclose(wide);
  });
  const CheckpointReader plain = open_plain(file);
  EXPECT_THAT(
      error_of([&] { plain.read<double>("large"); }),
      AllOf(StartsWith("3: cannot read large of "),
            HasSubstr("its shape 1000000000000 x 9 promises more values than the file has room for")));
  EXPECT_EQ(plain.read<double>("large", 5, 2), std::vector<double>(18, 0.0));
  EXPECT_FALSE(plain.has("wide")) << "no program has numbers of 1 GiB";
}

TEST_F(Damage, PlainFilesAreReadWithoutOurMark) {
  change([](hid_t id) {
    H5Adelete(id, "format");
    const hid_t scalar = H5Screate(H5S_SCALAR);
    const hid_t dataset =
        H5Dcreate2(id, "dual/fit", H5T_IEEE_F64BE, scalar, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const double fit = 0.5;
    H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &fit);
    const hid_t attribute = H5Acreate2(dataset, "lr", H5T_IEEE_F32LE, scalar, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_DOUBLE, &fit);
    H5Aclose(attribute);
    H5Dclose(dataset);
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, H5T_VARIABLE);
    const hid_t note = H5Acreate2(id, "note", text, scalar, H5P_DEFAULT, H5P_DEFAULT);
    const char* words = "hand-made";
    H5Awrite(note, text, &words);
    H5Aclose(note);
    H5Tclose(text);
    const hsize_t sizes[2] = {100, 2}, chunk[2] = {10, 2};
    const hid_t space = H5Screate_simple(2, sizes, nullptr);
    const hid_t packed = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(packed, 2, chunk);
    H5Pset_deflate(packed, 4);
    const hid_t images = H5Dcreate2(id, "images", H5T_STD_U8LE, space, H5P_DEFAULT, packed, H5P_DEFAULT);
    std::vector<std::uint8_t> pixels(200, 200);
    H5Dwrite(images, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, pixels.data());
    H5Dclose(images);
    H5Pclose(packed);
    H5Sclose(space);
    H5Sclose(scalar);
  });
  const CheckpointReader reader = open_plain(file);
  EXPECT_EQ(reader.shape("dual/fit"), std::vector<std::uint64_t>{1});
  EXPECT_EQ(reader.read<double>("dual/fit"), std::vector<double>{0.5});
  EXPECT_EQ(reader.real("dual/fit/lr"), 0.5);
  EXPECT_EQ(reader.text("note"), "hand-made");
  EXPECT_EQ(reader.type("images"), DataType::int64);
  EXPECT_EQ(reader.read<float>("images", 99, 1), (std::vector<float>{200, 200}));
  EXPECT_EQ(reader.read<std::int64_t>("images", 99, 1), (std::vector<std::int64_t>{200, 200}));
  EXPECT_TRUE(reader.has("primal/v"));
}

}  // namespace
}  // namespace zerogap
