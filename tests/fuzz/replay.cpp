// SPDX-License-Identifier: Apache-2.0
// main() of a fuzz target that libFuzzer does not drive: reads each file that is named, or that lies in a
// folder that is named, once. For every compiler, with or without sanitizers.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(int argc, char** argv) {
  std::vector<fs::path> files;
  for (int i = 1; i < argc; ++i) {
    if (!fs::is_directory(argv[i]))
      files.emplace_back(argv[i]);
    else
      for (const auto& entry : fs::directory_iterator(argv[i])) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  LLVMFuzzerInitialize(&argc, &argv);
  const std::vector<fs::path> files = files_of(argc, argv);
  for (const fs::path& file : files) {
    std::cout << file.string() << std::endl;  // the last line names the one that ended the process
    std::ifstream in(file, std::ios::binary);
    if (!in) {
      std::cerr << "error: cannot read " << file.string() << " (it cannot be opened); check the path\n";
      return 3;
    }
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    LLVMFuzzerTestOneInput(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  }
  if (files.empty()) {
    std::cerr << "error: no file to read (nothing, or an empty folder, was named); name files of a corpus\n";
    return 2;
  }
  std::cout << files.size() << " files read" << std::endl;
}
