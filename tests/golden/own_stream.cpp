// In place of optim/torch_device.cpp, whose LibTorch would look for a real GPU.

#include "optim/torch_device.hpp"

namespace zerogap {

std::unique_ptr<DeviceResources> make_torch_resources(int) { return nullptr; }

}  // namespace zerogap
