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

/// This rank's rows of one array of a checkpoint. Rows are slices along the first dimension; exactly one rank
/// provides each row (ranks that own none pass rows = 0). A scalar has shape {1}.
struct ArrayRows {
  std::string path;  ///< "dual/w", "optimizer/dual/exp_avg_w", ...; not under "meta/"
  DataType type = DataType::float64;
  std::vector<std::uint64_t> shape;  ///< of the complete array
  std::uint64_t first = 0;           ///< first of these rows
  std::uint64_t rows = 0;
  const void* values = nullptr;  ///< rows x (product of the other dimensions), contiguous
};

/// A scalar or a text, stored in addition to the arrays.
using Attribute = std::variant<std::int64_t, double, std::string>;

/// Everything a generation holds. Attributes carry scalars and texts (step, epoch, resolved configuration,
/// versions) and must be the same on all ranks; their keys are paths ("config", "position/epoch").
struct CheckpointContents {
  std::vector<ArrayRows> arrays;  ///< the same paths, types and shapes in the same order on all ranks
  std::map<std::string, Attribute> attributes;
};

/// Version of the layout that is written; no other is read.
constexpr std::int64_t checkpoint_schema = 1;

/// Writes `file` completely or not at all: the space of a temporary file in the same folder
/// (.NAME.MARK.writing) is reserved, all ranks write into it, it is fsynced and renamed, and the folder is
/// fsynced. Refuses to overwrite. The checksum covers names, types, shapes, values and attributes; it does
/// not depend on the number of ranks, nor does any byte of the file. Collective. If any rank fails (no space,
/// read-only folder), all ranks throw the same Error (exit 3) and the temporary file is removed; earlier
/// generations are unchanged. Throws Error (exit 4) if the ranks' contents do not fit together, which is an
/// error of the caller.
void write_checkpoint(const std::filesystem::path& file, const CheckpointContents& contents,
                      Communicator& world);

/// An open, verified checkpoint. Opening checks HDF5's magic, zerogap's format mark, the schema version, the
/// contents, and (by default) the checksum over all content. Throws Error (exit 3) whose text says which
/// applies: missing, unreadable, not HDF5, truncated, foreign, newer schema, corrupted. Reading is serial on
/// each rank (any rank may open a file on its own) and not thread-safe.
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
  /// In a plain file the type that can hold the values: int64 for uint8, ...
  DataType type(const std::string& path) const;
  /// Rows [first, first + rows) converted to double, float or int64. Error (exit 3) if the array is missing,
  /// the rows are out of range, or fractions would be lost (floating-point numbers read as int64).
  template <class T>
  std::vector<T> read(const std::string& path, std::uint64_t first, std::uint64_t rows) const;
  template <class T>
  std::vector<T> read(const std::string& path) const;  ///< all rows

 private:
  struct File;
  explicit CheckpointReader(std::unique_ptr<File> file);
  friend CheckpointReader open_plain(const std::filesystem::path& file);
  std::unique_ptr<File> file_;
};

/// Opens any HDF5 file with arrays (golden weights.h5, users' files) without zerogap's mark, checksum or
/// schema, for the same reading calls. Arrays are the datasets of numbers; others are ignored. attributes()
/// has the scalar numbers and texts that are attributes of groups and datasets, under the object's path and
/// the name ("trajectory/sgd/lr"; those of the root under their name alone).
CheckpointReader open_plain(const std::filesystem::path& file);
/// Whether the file has zerogap's format mark (false for a foreign or unreadable file).
bool is_checkpoint(const std::filesystem::path& file);
/// A checkpoint (verified), or any other HDF5 file with arrays under the same names.
CheckpointReader open_weights(const std::filesystem::path& file);

/// Generations in DIR: files NNNNNNNN.h5 by number, ascending. Temporary files are never listed.
struct Generation {
  std::int64_t number;
  std::filesystem::path file;
};
/// Empty if there is no such folder.
std::vector<Generation> list_generations(const std::filesystem::path& folder);
/// Path of generation `number` in the folder.
std::filesystem::path generation_path(const std::filesystem::path& folder, std::int64_t number);

/// The newest intact generation, chosen by rank 0 and the same on all ranks; `skipped` receives messages
/// about newer ones that are damaged. Empty path if there is none. Collective.
std::filesystem::path latest_valid(const std::filesystem::path& folder, Communicator& world,
                                   std::vector<std::string>& skipped);

/// The same, with a warning for each damaged one.
std::filesystem::path latest_valid(const std::filesystem::path& folder, Communicator& world);

/// The file that a user means by a run's folder or a file: the folder's newest intact generation, with a
/// warning for each newer one that is damaged, or the file itself. Empty path if the folder has none.
/// Collective.
std::filesystem::path weights_file(const std::filesystem::path& named, Communicator& world);

/// Removes the oldest generations until `keep` (at least one) intact ones remain; damaged ones are neither
/// counted nor removed. Also removes temporary files left by a killed writer. Files that disappear meanwhile
/// are not an error. Reads all generations to verify them. To be called by rank 0 alone, after a new
/// generation was written.
void prune_generations(const std::filesystem::path& folder, std::int64_t keep);

}  // namespace zerogap
