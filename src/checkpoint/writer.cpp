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
    failure = data_error("cannot write " + file.string(), error.what(),
                         "check that file system or choose another folder with --out")
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

/// What rank 0 has to remember of its plan.
struct Layout {
  std::vector<std::uint64_t> places;
  std::uint64_t end = 0;  ///< of HDF5's bytes; the seal follows
  std::string seal;
};

/// Rank 0: the file at its full length, whole but for the arrays' values and the seal.
Layout lay_out(const fs::path& temporary, const CheckpointContents& contents, const std::string& checksum) {
  const Plan plan = make_plan(contents, checksum);
  const FileImage& image = plan.image;
  const std::string seal = make_seal(image);
  std::error_code ignored;
  fs::remove(temporary, ignored);  // of a writer that was killed
  require_space(folder_of(temporary), image.size + seal.size());
  OpenFile file(temporary, O_RDWR | O_CREAT | O_EXCL);
  file.reserve(image.size);
  for (const auto& [number, page] : image.pages) {
    const std::uint64_t at = number * FileImage::page_bytes;
    if (at >= image.size) break;
    file.write_at(at, page.data(), std::min<std::uint64_t>(page.size(), image.size - at));
  }
  file.close();
  return {plan.places, image.size, seal};
}

/// Every rank's own handle of the temporary file: shows that it sees the file that rank 0 made, and is
/// there before the first write so that sync() learns of errors in writing back.
OpenFile see(const fs::path& temporary) {
  try {
    return {temporary, O_RDWR};
  } catch (const Error& error) {
    throw data_error("a rank cannot open the file that rank 0 just made", error.what(),
                     "use a folder on a file system that all hosts share");
  }
}

/// One rank needs no HDF5 to put values where the plan has them.
void write_alone(const OpenFile& file, const CheckpointContents& contents,
                 const std::vector<std::uint64_t>& places) {
  for (std::size_t i = 0; i < contents.arrays.size(); ++i) {
    const ArrayRows& array = contents.arrays[i];
    file.write_at(places[i], array.values, array.rows * row_bytes(array.type, array.shape));
  }
}

/// This rank's rows, by independent transfers, not collective ones: they are one contiguous run already, so
/// that there is nothing to gain from two-phase buffering, and where the write of one aggregator fails
/// (ENOSPC), Open MPI 4.1's collective write leaves the others waiting for ever.
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

/// Several ranks write through parallel HDF5. Closing is collective, whatever happened before, and HDF5
/// rewrites its first block then; were that to fail it would crash the process. So after a failure (a disk
/// that could not reserve and is full) rank 0 gives the file's space back first.
void write_together(const OpenFile& own, const fs::path& file, const fs::path& temporary,
                    const CheckpointContents& contents, Communicator& world) {
  hdf5::Handle open;
  together(world, file, [&] {
    const hdf5::Handle access = hdf5::make_file_access();
    hdf5::check(H5Pset_fapl_mpio(access.get(), mpi_handle(world), MPI_INFO_NULL), "H5Pset_fapl_mpio");
    open = hdf5::Handle(H5Fopen(temporary.c_str(), H5F_ACC_RDWR, access.get()), H5Fclose, "H5Fopen");
  });
  try {
    together(world, file, [&] {
      for (const ArrayRows& array : contents.arrays) write_rows(open.get(), array);
    });
  } catch (const Error&) {
    together(world, file, [&] {
      if (world.rank() == 0) own.make_empty();
    });
    throw;  // `open` closes itself on all ranks
  }
  together(world, file, [&] { open.close("H5Fclose"); });
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
  Layout laid_out;
  together(world, file, [&] {
    if (!first) return;
    check_target(file);
    made.emplace(temporary);
    laid_out = lay_out(temporary, contents, checksum);
  });
  OpenFile own;
  together(world, file, [&] { own = see(temporary); });
  if (world.size() > 1) {
    write_together(own, file, temporary, contents, world);
  } else {
    write_alone(own, contents, laid_out.places);
  }
  together(world, file, [&] {
    if (first) own.write_at(laid_out.end, laid_out.seal.data(), laid_out.seal.size());
    own.sync();
    own.close();
  });
  together(world, file, [&] {
    if (!first) return;
    made->rename(file);
    made->keep();
  });
}

}  // namespace zerogap
