// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "comm/communicator.hpp"

namespace zerogap {

/// Types that arrays of a checkpoint have.
enum class DataType { float32, float64, int64 };

/// This rank's rows of one array of a checkpoint. Rows are slices along the first dimension; every row of the
/// array is given by exactly one rank (ranks that own none pass rows = 0). A scalar has shape {1}.
struct ArrayRows {
  std::string path;  ///< "dual/w", "optimizer/dual/exp_avg_w", ...; not under "meta/"
  DataType type = DataType::float64;
  std::vector<std::uint64_t> shape;  ///< of the whole array
  std::uint64_t first = 0;           ///< first row given here
  std::uint64_t rows = 0;
  const void* values = nullptr;  ///< rows x (product of the other dimensions), contiguous
};

/// A scalar or a text beside the arrays.
using Attribute = std::variant<std::int64_t, double, std::string>;

/// Everything a generation holds. Attributes carry scalars and texts (step, epoch, resolved configuration,
/// versions) and must be the same on all ranks; their keys are paths ("config", "position/epoch").
struct CheckpointContents {
  std::vector<ArrayRows> arrays;  ///< the same paths, types and shapes in the same order on all ranks
  std::map<std::string, Attribute> attributes;
};

/// The layout that is written, and the only one that is read.
constexpr std::int64_t checkpoint_schema = 1;

/// Writes `file` whole or not at all: a temporary file beside it (.NAME.MARK.writing), its space reserved,
/// written by all ranks together, fsynced, renamed, the folder fsynced. Refuses to overwrite. The checksum
/// covers names, types, shapes, values and attributes; it does not depend on the number of ranks, nor does
/// any byte of the file. Collective. Throws Error (exit 3) on all ranks alike when any rank fails (no space,
/// read-only folder), having removed the temporary file; earlier generations are untouched. Error (exit 4)
/// when the ranks' contents do not fit together: a fault of the caller.
void write_checkpoint(const std::filesystem::path& file, const CheckpointContents& contents,
                      Communicator& world);

/// An open, verified checkpoint. Opening checks HDF5's magic, our format mark, the schema version, the
/// contents, and (unless told otherwise) the checksum over all content; throws Error (exit 3) saying which
/// of: missing, unreadable, no HDF5, truncated, foreign, newer schema, corrupted. Reading is serial per rank
/// (any rank may open on its own); not for several threads at once.
class CheckpointReader {
 public:
  explicit CheckpointReader(const std::filesystem::path& file, bool verify = true);
  ~CheckpointReader();
  CheckpointReader(CheckpointReader&&) noexcept;
  CheckpointReader& operator=(CheckpointReader&&) noexcept;

  const std::filesystem::path& path() const;
  std::int64_t schema() const;   ///< 0 for a plain file
  std::string checksum() const;  ///< as stored, 16 hexadecimal digits; empty for a plain file

  const std::map<std::string, Attribute>& attributes() const;
  std::int64_t integer(const std::string& key) const;  ///< Error (exit 3) when missing or of another type
  double real(const std::string& key) const;
  std::string text(const std::string& key) const;

  std::vector<std::string> arrays() const;  ///< all paths, sorted
  bool has(const std::string& path) const;
  std::vector<std::uint64_t> shape(const std::string& path) const;  ///< {1} for a scalar
  DataType type(
      const std::string& path) const;  ///< in a plain file the one that holds its type: int64 for uint8, ...
  /// Rows [first, first + rows) converted to double, float or int64. Error (exit 3) when missing, out of
  /// range, or when fractions would be cut off (floating-point numbers read as int64).
  template <class T>
  std::vector<T> read(const std::string& path, std::uint64_t first, std::uint64_t rows) const;
  template <class T>
  std::vector<T> read(const std::string& path) const;  ///< the whole array

 private:
  struct File;
  explicit CheckpointReader(std::unique_ptr<File> file);
  friend CheckpointReader open_plain(const std::filesystem::path& file);
  std::unique_ptr<File> file_;
};

/// Any HDF5 file with arrays (golden weights.h5, users' files) without our mark, checksum or schema; same
/// reading calls. Arrays are the datasets of numbers, others are left out. attributes() has the scalar
/// numbers and texts that hang on groups and datasets, under the object's path and the name
/// ("trajectory/sgd/lr"; those of the root under their name alone).
CheckpointReader open_plain(const std::filesystem::path& file);
/// Whether the file carries our format mark (false for a foreign or unreadable file).
bool is_checkpoint(const std::filesystem::path& file);
/// A checkpoint (verified), or any other HDF5 file with arrays under the same names.
CheckpointReader open_weights(const std::filesystem::path& file);

/// Generations in DIR: files NNNNNNNN.h5 by number, ascending. Temporary files are never listed.
struct Generation {
  std::int64_t number;
  std::filesystem::path file;
};
/// Empty where there is no such folder.
std::vector<Generation> list_generations(const std::filesystem::path& folder);
/// Where generation `number` lies in the folder.
std::filesystem::path generation_path(const std::filesystem::path& folder, std::int64_t number);

/// The newest whole generation, decided by rank 0 and the same on all ranks; `skipped` receives the messages
/// of newer ones that were damaged. Empty path when there is none. Collective.
std::filesystem::path latest_valid(const std::filesystem::path& folder, Communicator& world,
                                   std::vector<std::string>& skipped);

/// The same with a warning for each that was damaged.
std::filesystem::path latest_valid(const std::filesystem::path& folder, Communicator& world);

/// What a user names by a run's folder or by a file: the folder's newest whole generation, with a warning for
/// each newer one that is damaged, or the file itself. Empty path when the folder has none. Collective.
std::filesystem::path weights_file(const std::filesystem::path& named, Communicator& world);

/// Removes the oldest generations until `keep` (at least one) whole ones remain; damaged ones are never
/// counted and never removed. Also removes temporary files left by a killed writer. Files that vanish
/// meanwhile are no error. Reads all generations to see whether they are whole. To be called by rank 0 alone,
/// after a new generation was written.
void prune_generations(const std::filesystem::path& folder, std::int64_t keep);

}  // namespace zerogap
