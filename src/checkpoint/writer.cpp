#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>

#include "checkpoint/checkpoint.hpp"
#include "checkpoint/durable_file.hpp"
#include "checkpoint/generation_names.hpp"
#include "checkpoint/hdf5_handles.hpp"
#include "checkpoint/plan.hpp"
#include "checkpoint/seal.hpp"
#include "comm/mpi.hpp"
#include "core/error.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

/// Runs `action` on this rank, then has all ranks agree: where any failed, all throw the first failing rank's
/// message. Without this the others would wait for it in the next collective call. `action` itself may be
/// collective only if it does not throw before it has taken part.
template <class Action>
void together(Communicator& world, const fs::path& file, Action action) {
  std::string failure;
  std::int64_t code = 0;
  try {
    action();
  } catch (const Error& error) {
    failure = error.what();
    code = static_cast<std::int64_t>(error.code());
  } catch (const std::exception& error) {
    failure =
        data_error("cannot write " + file.string(), error.what(), "check the folder and its file system")
            .what();
    code = static_cast<std::int64_t>(ExitCode::data);
  }
  code = world.max(code);
  if (code == 0) return;
  const std::vector<std::string> failures = world.gather(failure);
  const auto first =
      std::find_if(failures.begin(), failures.end(), [](const std::string& text) { return !text.empty(); });
  const auto rank = first - failures.begin();
  throw Error(static_cast<ExitCode>(code),
              rank == 0 ? *first : fmt::format("{} [seen by rank {}]", *first, rank), "", "");
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

/// What follows the HDF5 file's own bytes, once these are there.
struct Seal {
  std::uint64_t at = 0;
  std::string bytes;
};

/// Rank 0: the file at its full length, whole but for the arrays' values and the seal.
Seal lay_out(const fs::path& temporary, const CheckpointContents& contents, const std::string& checksum) {
  const FileImage image = make_image(contents, checksum);
  std::error_code ignored;
  fs::remove(temporary, ignored);  // of a writer that was killed
  require_space(folder_of(temporary), image.size);
  Descriptor file(temporary, O_RDWR | O_CREAT | O_EXCL);
  reserve(file, temporary, image.size);
  for (const auto& [number, page] : image.pages) {
    const std::uint64_t at = number * FileImage::page_bytes;
    if (at >= image.size) break;
    write_at(file, temporary, at, page.data(), std::min<std::uint64_t>(page.size(), image.size - at));
  }
  file.close();
  return {image.size, make_seal(image)};
}

/// Every rank's own descriptor of the temporary file: shows that it sees the file that rank 0 made, and is
/// there before the first write so that sync() learns of errors in writing back.
Descriptor see(const fs::path& temporary) {
  try {
    return {temporary, O_RDWR};
  } catch (const Error& error) {
    throw data_error("a rank cannot open the file that rank 0 just made", error.what(),
                     "use a folder on a file system that all hosts share");
  }
}

hdf5::Handle open_for_values(const fs::path& temporary, const Communicator& world) {
  const hdf5::Handle access = hdf5::make_file_access();
  if (world.size() > 1) {
    hdf5::check(H5Pset_fapl_mpio(access.get(), mpi_handle(world), MPI_INFO_NULL), "H5Pset_fapl_mpio");
  } else {
    // Values go straight to the file: what waits in a buffer fails at H5Fclose, where nothing can be done
    // about it.
    hdf5::check(H5Pset_sieve_buf_size(access.get(), 0), "H5Pset_sieve_buf_size");
  }
  return {H5Fopen(temporary.c_str(), H5F_ACC_RDWR, access.get()), H5Fclose, "H5Fopen"};
}

/// Independent transfers, not collective ones: each rank's rows are one contiguous run already, so that there
/// is nothing to gain from two-phase buffering, and where the write of one aggregator fails (ENOSPC), Open
/// MPI 4.1's collective write leaves the others waiting for ever.
void write_rows(hid_t file, const ArrayRows& array) {
  constexpr std::uint64_t longest_write = std::uint64_t{1} << 30;  // MPI counts in int
  const std::uint64_t bytes = row_bytes(array.type, array.shape);
  if (array.rows == 0 || bytes == 0) return;
  const hdf5::Handle dataset = hdf5::open_dataset(file, array.path);
  const std::uint64_t step = std::max<std::uint64_t>(1, longest_write / bytes);
  for (std::uint64_t done = 0; done < array.rows; done += step) {
    std::vector<std::uint64_t> part = array.shape;
    part[0] = std::min(step, array.rows - done);
    const hdf5::Handle memory = hdf5::make_dataspace(part);
    const hdf5::Handle rows = hdf5::select_rows(dataset.get(), array.shape, array.first + done, part[0]);
    const auto* values = static_cast<const std::byte*>(array.values) + done * bytes;
    hdf5::check(
        H5Dwrite(dataset.get(), hdf5::memory_type(array.type), memory.get(), rows.get(), H5P_DEFAULT, values),
        "H5Dwrite");
  }
}

/// Opening and closing are collective; between them each rank writes its rows, and a rank that fails goes on
/// to the closing.
void write_values(const fs::path& temporary, const CheckpointContents& contents, const Communicator& world) {
  hdf5::Handle file = open_for_values(temporary, world);
  std::exception_ptr failure;
  try {
    for (const ArrayRows& array : contents.arrays) write_rows(file.get(), array);
  } catch (...) {
    failure = std::current_exception();
  }
  file.close("H5Fclose");
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

void write_checkpoint(const fs::path& file, const CheckpointContents& contents, Communicator& world) {
  const hdf5::Quiet quiet;
  const bool first = world.rank() == 0;
  const fs::path temporary = temporary_of(file);
  together(world, file, [&] { check_contents(contents); });
  check_agreement(contents, world);
  const std::string checksum = collective_checksum(contents, world);

  std::optional<TemporaryFile> made;
  Seal seal;
  together(world, file, [&] {
    if (!first) return;
    check_target(file);
    made.emplace(temporary);
    seal = lay_out(temporary, contents, checksum);
  });
  Descriptor own;
  together(world, file, [&] { own = see(temporary); });
  together(world, file, [&] { write_values(temporary, contents, world); });
  together(world, file, [&] {
    if (first) write_at(own, temporary, seal.at, seal.bytes.data(), seal.bytes.size());
    own.sync();
    own.close();
  });
  together(world, file, [&] {
    if (!first) return;
    made->rename(file);
    sync_names(folder_of(file));
    made->keep();
  });
}

}  // namespace zerogap
