// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/memory_driver.hpp"

#include <hdf5.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

#include <algorithm>
#include <cstring>
#include <limits>

#include "hdf5/calls.hpp"

namespace zerogap {
namespace {

/// The driver information that H5Pset_driver copies into the property list.
struct DriverInfo {
  InMemoryFile* file;
};

/// HDF5 uses the first member and passes its address to these functions.
struct MemoryFile {
  H5FD_t base;
  InMemoryFile* bytes;
  haddr_t end_allocated;
};

MemoryFile* self(H5FD_t* file) { return reinterpret_cast<MemoryFile*>(file); }
const MemoryFile* self(const H5FD_t* file) { return reinterpret_cast<const MemoryFile*>(file); }

H5FD_t* open_file(const char* /*name*/, unsigned flags, hid_t access, haddr_t /*limit*/) {
  if ((flags & H5F_ACC_CREAT) == 0) return nullptr;
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access));
  if (info == nullptr) return nullptr;
  return reinterpret_cast<H5FD_t*>(new MemoryFile{{}, info->file, 0});
}

herr_t close_file(H5FD_t* file) {
  self(file)->bytes->size = self(file)->end_allocated;
  delete self(file);
  return 0;
}

herr_t query(const H5FD_t* /*file*/, unsigned long* flags) {
  *flags = 0;
  return 0;
}

haddr_t end_allocated(const H5FD_t* file, H5FD_mem_t /*kind*/) { return self(file)->end_allocated; }

herr_t set_end_allocated(H5FD_t* file, H5FD_mem_t /*kind*/, haddr_t address) {
  self(file)->end_allocated = address;
  return 0;
}

haddr_t end_of_file(const H5FD_t* file, H5FD_mem_t /*kind*/) {
  const auto& pages = self(file)->bytes->pages;
  return pages.empty() ? 0 : (pages.rbegin()->first + 1) * InMemoryFile::page_bytes;
}

herr_t read_bytes(H5FD_t* file, H5FD_mem_t /*kind*/, hid_t /*transfer*/, haddr_t address, size_t count,
                  void* bytes) {
  self(file)->bytes->read(address, static_cast<std::byte*>(bytes), count);
  return 0;
}

herr_t write_bytes(H5FD_t* file, H5FD_mem_t /*kind*/, hid_t /*transfer*/, haddr_t address, size_t count,
                   const void* bytes) {
  try {
    self(file)->bytes->write(address, static_cast<const std::byte*>(bytes), count);
    return 0;
  } catch (...) {  // out of memory; no exception may pass through C
    return -1;
  }
}

const H5FD_class_t memory_driver = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value =
        static_cast<H5FD_class_value_t>(513),  // 256 to 511 are registered, from 512 on they are for tests
#endif
    .name = "zerogap_memory",
    .maxaddr = static_cast<haddr_t>(std::numeric_limits<std::int64_t>::max()),
    .fc_degree = H5F_CLOSE_STRONG,
    .terminate = nullptr,
    .sb_size = nullptr,
    .sb_encode = nullptr,
    .sb_decode = nullptr,
    .fapl_size = sizeof(DriverInfo),
    .fapl_get = nullptr,
    .fapl_copy = nullptr,
    .fapl_free = nullptr,
    .dxpl_size = 0,
    .dxpl_copy = nullptr,
    .dxpl_free = nullptr,
    .open = open_file,
    .close = close_file,
    .cmp = nullptr,
    .query = query,
    .get_type_map = nullptr,
    .alloc = nullptr,
    .free = nullptr,
    .get_eoa = end_allocated,
    .set_eoa = set_end_allocated,
    .get_eof = end_of_file,
    .get_handle = nullptr,
    .read = read_bytes,
    .write = write_bytes,
#if H5_VERSION_GE(1, 13, 0)
    .read_vector = nullptr,
    .write_vector = nullptr,
    .read_selection = nullptr,
    .write_selection = nullptr,
#endif
    .flush = nullptr,
    .truncate = nullptr,
    .lock = nullptr,
    .unlock = nullptr,
#if H5_VERSION_GE(1, 13, 0)
    .del = nullptr,
    .ctl = nullptr,
#endif
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

/// Splits [address, address + count) at page boundaries: action(page number, offset in the page, offset in
/// the range, length).
template <class Action>
void for_each_page(std::uint64_t address, std::size_t count, Action action) {
  for (std::size_t done = 0; done < count;) {
    const std::uint64_t page = (address + done) / InMemoryFile::page_bytes;
    const std::size_t offset = (address + done) % InMemoryFile::page_bytes;
    const std::size_t length = std::min(count - done, InMemoryFile::page_bytes - offset);
    action(page, offset, done, length);
    done += length;
  }
}

}  // namespace

void InMemoryFile::write(std::uint64_t address, const std::byte* bytes, std::size_t count) {
  for_each_page(address, count,
                [&](std::uint64_t page, std::size_t offset, std::size_t done, std::size_t length) {
                  auto& target = pages.try_emplace(page, Page{}).first->second;
                  std::memcpy(target.data() + offset, bytes + done, length);
                });
  std::uint64_t& longest = lengths_[address];
  longest = std::max<std::uint64_t>(longest, count);
}

std::vector<InMemoryFile::Stretch> InMemoryFile::written() const {
  std::vector<Stretch> stretches;
  for (const auto& [address, length] : lengths_) {
    if (address >= size) break;  // released when the file was closed
    const std::uint64_t end = std::min(address + length, size);
    if (stretches.empty() || address > stretches.back().address + stretches.back().length) {
      stretches.push_back({address, end - address});
    } else {
      Stretch& last = stretches.back();
      last.length = std::max(last.length, end - last.address);
    }
  }
  return stretches;
}

void InMemoryFile::read(std::uint64_t address, std::byte* bytes, std::size_t count) const {
  for_each_page(address, count,
                [&](std::uint64_t page, std::size_t offset, std::size_t done, std::size_t length) {
                  const auto source = pages.find(page);
                  if (source == pages.end()) {
                    std::memset(bytes + done, 0, length);
                  } else {
                    std::memcpy(bytes + done, source->second.data() + offset, length);
                  }
                });
}

hdf5::Handle make_memory_access(InMemoryFile& file) {
  // The property list owns the registration and releases it, so the library keeps no reference to this
  // driver.
  const hdf5::Handle driver(hdf5::check(H5FDregister(&memory_driver), "H5FDregister"));
  hdf5::Handle access = hdf5::make_properties(H5P_FILE_ACCESS);
  const DriverInfo info{&file};
  hdf5::check(H5Pset_driver(access.get(), driver.get(), &info), "H5Pset_driver");
  // Since version 1.8 the format has checksums over names, shapes and attributes, and every HDF5 in use reads
  // it.
  hdf5::check(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V18), "H5Pset_libver_bounds");
  return access;
}

}  // namespace zerogap
