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

/// collective_try() for a step of writing `file`: other exceptions count as failures to write it, the text
/// says which rank failed first where that is not rank 0, and of several exit codes the highest counts.
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

/// What rank 0 has to remember of the layout.
struct LaidOut {
  std::vector<std::uint64_t> places;
  std::uint64_t end = 0;  ///< of HDF5's bytes; the trailer follows
  std::string trailer;
};

/// Removes what killed writers of this file have left.
void remove_leftovers(const fs::path& file) {
  std::error_code failed;
  for (fs::directory_iterator at(folder_of(file), failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code ignored;
    if (is_temporary_of(at->path(), file)) fs::remove(at->path(), ignored);
  }
}

/// Rank 0: the file at its full length, complete but for the arrays' values and the trailer.
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

/// Every rank's own handle of the temporary file: shows that it sees the file that rank 0 made, and is
/// there before the first write so that sync() learns of errors in writing back. Not for reading: a page that
/// was read is cached, and a network file system may then bring it back whole.
OpenFile see(const fs::path& temporary) {
  try {
    return {temporary, O_WRONLY};
  } catch (const Error& error) {
    throw data_error("a rank cannot open the file that rank 0 just made", error.what(),
                     "use a folder on a file system that all hosts share");
  }
}

/// This rank's rows, as they lie in memory and in the file, from `place` on.
Piece rows_of(const ArrayRows& array, std::uint64_t place) {
  static_assert(std::endian::native == std::endian::little, "values are stored as they lie in memory");
  const std::uint64_t bytes = row_bytes(array.type, array.shape);
  return {place + array.first * bytes, {static_cast<const char*>(array.values), array.rows * bytes}};
}

void write_piece(const OpenFile& file, const Piece& piece) {
  file.write_at(piece.at, piece.bytes.data(), piece.bytes.size());
}

/// Every rank writes its rows where the layout has them, by plain calls, but no two of them into one page:
/// rank 0 writes its own rows and whatever shares a page with another rank's, the others the pages that are
/// all theirs.
///
/// Why: a host may bring a page that it has cached back whole, with what it knew of the bytes around those
/// that were written (NFS does), and would so undo what another host wrote there.
void write_values(const OpenFile& own, const fs::path& file, const CheckpointContents& contents,
                  const std::vector<std::uint64_t>& places, Communicator& world) {
  const auto page_bytes = static_cast<std::uint64_t>(world.max(std::int64_t{::sysconf(_SC_PAGESIZE)}));
  for (std::size_t i = 0; i < contents.arrays.size(); ++i) {
    const Piece mine = rows_of(contents.arrays[i], places[i]);
    const PageParts parts = world.rank() == 0 ? PageParts{{}, mine, {}} : split_at_pages(mine, page_bytes);
    const std::vector<std::string> shared = world.all_gather_text(pack({parts.head, parts.tail}));
    try_step(world, file, [&] {
      write_piece(own, parts.whole);
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
