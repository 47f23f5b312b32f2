// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <exception>
#include <optional>
#include <random>
#include <span>

#include "checkpoint/checkpoint.hpp"
#include "checkpoint/data_types.hpp"
#include "checkpoint/durable_file.hpp"
#include "checkpoint/file_layout.hpp"
#include "checkpoint/generation_names.hpp"
#include "checkpoint/metadata_checksum.hpp"
#include "checkpoint/pages.hpp"
#include "comm/collective.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "hdf5/calls.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

/// collective_try() for a step of writing `file`. Other exceptions count as failures to write it, the text
/// names the first failing rank unless it is rank 0, and the highest exit code is used.
template <class Step>
void try_step(Communicator& world, const fs::path& file, Step step) {
  const auto mine = catch_failure([&] {
    try {
      step();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      throw data_error("cannot write " + file.string(), error.what(),
                       "check that file system or choose another folder with --out");
    }
  });
  const std::vector<RankFailure> failures = gather_failures(world, mine);
  if (failures.empty()) return;
  RankFailure first = failures.front();
  if (first.rank != 0) first.message += fmt::format(" [seen by rank {}]", first.rank);
  for (const RankFailure& each : failures) first.code = std::max(first.code, each.code);
  first.raise();
}

void check_target(const fs::path& file) {
  std::error_code failed;
  const fs::path folder = folder_of(file);
  if (!fs::is_directory(folder, failed))
    throw data_error("cannot write " + file.string(), "the folder " + folder.string() + " does not exist",
                     "create it first");
  if (fs::exists(fs::symlink_status(file, failed)))
    throw data_error("will not overwrite " + file.string(), "checkpoints are never rewritten",
                     "name another file, or remove this one");
}

/// What rank 0 keeps of the layout.
struct LaidOut {
  std::vector<std::uint64_t> places;
  std::uint64_t end = 0;  ///< end of HDF5's bytes; the trailer follows
  std::string trailer;
};

/// Removes temporary files of killed writers of this file.
void remove_leftovers(const fs::path& file) {
  std::error_code failed;
  for (fs::directory_iterator at(folder_of(file), failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code ignored;
    if (is_temporary_of(at->path(), file)) fs::remove(at->path(), ignored);
  }
}

/// Rank 0 creates the file at its full length, complete except for the arrays' values and the trailer.
LaidOut lay_out(const fs::path& temporary, const CheckpointContents& contents, const std::string& checksum) {
  const FileLayout planned = make_file_layout(contents, checksum);
  const InMemoryFile& metadata = planned.metadata;
  const std::string trailer = make_trailer(metadata);
  require_space(folder_of(temporary), metadata.size + trailer.size());
  OpenFile file(temporary, O_RDWR | O_CREAT | O_EXCL);
  file.reserve(metadata.size);
  for (const auto& [number, page] : metadata.pages) {
    const std::uint64_t at = number * InMemoryFile::page_bytes;
    if (at >= metadata.size) break;
    file.write_at(at, page.data(), std::min<std::uint64_t>(page.size(), metadata.size - at));
  }
  file.close();
  return {planned.places, metadata.size, trailer};
}

/// Every rank opens the temporary file: this shows that it sees the file that rank 0 made, and a handle
/// opened before the first write lets sync() report errors of writing back. It is not opened for reading: a
/// page that was read is cached, and a network file system may then write the complete page back.
OpenFile see(const fs::path& temporary) {
  try {
    return {temporary, O_WRONLY};
  } catch (const Error& error) {
    throw data_error("a rank cannot open the file that rank 0 just made", error.what(),
                     "use a folder on a file system that all hosts share");
  }
}

/// This rank's rows, which are contiguous in memory and in the file, from `place` on.
Piece rows_of(const ArrayRows& array, std::uint64_t place) {
  static_assert(std::endian::native == std::endian::little, "values are stored as they lie in memory");
  const std::uint64_t bytes = row_bytes(array.type, array.shape);
  return {place + array.first * bytes, {static_cast<const char*>(array.values), array.rows * bytes}};
}

void write_piece(const OpenFile& file, const Piece& piece) {
  file.write_at(piece.at, piece.bytes.data(), piece.bytes.size());
}

/// Every rank writes its rows at their place in the layout, by plain calls, but no two ranks write into the
/// same page. Rank 0 writes its own rows and every piece that shares a page with another rank's rows; the
/// others write the pages that contain only their rows.
///
/// Why: a host may write back a complete cached page (NFS does), including outdated bytes around those it
/// wrote, and so undo what another host wrote there.
void write_values(const OpenFile& own, const fs::path& file, const CheckpointContents& contents,
                  const std::vector<std::uint64_t>& places, Communicator& world) {
  const auto page_bytes = static_cast<std::uint64_t>(world.max(std::int64_t{::sysconf(_SC_PAGESIZE)}));
  for (std::size_t i = 0; i < contents.arrays.size(); ++i) {
    const Piece mine = rows_of(contents.arrays[i], places[i]);
    const PageParts parts = world.rank() == 0 ? PageParts{{}, mine, {}} : split_at_pages(mine, page_bytes);
    const std::vector<std::string> shared = world.all_gather_text(pack({parts.head, parts.tail}));
    try_step(world, file, [&] {
      write_piece(own, parts.pages);
      if (world.rank() != 0) return;
      for (const std::string& of_rank : shared)
        for (const Piece& piece : unpack(of_rank)) write_piece(own, piece);
    });
  }
}

}  // namespace

void write_checkpoint(const fs::path& file, const CheckpointContents& contents, Communicator& world) {
  const hdf5::Quiet quiet;
  const bool first = world.rank() == 0;
  const std::string mark = world.broadcast(first ? fmt::format("{:08x}", std::random_device{}()) : "", 0);
  const fs::path temporary = temporary_of(file, mark);
  try_step(world, file, [&] { check_contents(contents); });
  check_agreement(contents, world);
  const std::string checksum = collective_checksum(contents, world);

  std::optional<AtomicFile> made;
  LaidOut laid_out;
  try_step(world, file, [&] {
    if (!first) return;
    check_target(file);
    remove_leftovers(file);
    made.emplace(file, temporary);
    laid_out = lay_out(temporary, contents, checksum);
  });
  OpenFile own;
  try_step(world, file, [&] { own = see(temporary); });
  laid_out.places.resize(contents.arrays.size());
  world.broadcast(std::as_writable_bytes(std::span(laid_out.places)), 0);
  write_values(own, file, contents, laid_out.places, world);
  try_step(world, file, [&] {
    if (first) own.write_at(laid_out.end, laid_out.trailer.data(), laid_out.trailer.size());
    own.sync();
    own.close();
  });
  try_step(world, file, [&] {
    if (first) made->rename();
  });
}

}  // namespace zerogap
