// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hdf5.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"
namespace zerogap {

/// The structure of an HDF5 file: everything but the arrays' values.
struct FileContents {
  /// Type and shape of one array.
  struct Array {
    DataType type;
    std::vector<std::uint64_t> shape;
    bool elsewhere = false;  ///< its values are in other files; never in a checkpoint
  };
  std::map<std::string, Array> arrays;
  std::map<std::string, Attribute> attributes;
};

/// The file contains something that the writer of checkpoints does not write.
class UnexpectedContents : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A scalar number or text attribute; throws UnexpectedContents for any other.
Attribute read_attribute(hid_t object, const std::string& name);

/// Arrays and attributes of a checkpoint. Throws UnexpectedContents if there is anything that the writer does
/// not make: another program has then changed the file, even if the checksum agrees.
FileContents read_contents(hid_t file);
/// Arrays and attributes of any HDF5 file, as far as they are numbers or texts.
FileContents read_plain_contents(hid_t file);

}  // namespace zerogap
