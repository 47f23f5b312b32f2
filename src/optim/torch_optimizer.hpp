// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "optim/optimizer.hpp"

// What libzerogap_torch.so has for asgd and svrg (options.name), one for each type of weights; the caller
// owns what it returns. The one caller is make_optimizer(), which asks core/torch_library.hpp for them by
// name.
extern "C" {
zerogap::Optimizer<float>* zerogap_torch_optimizer_float(const zerogap::OptimizerOptions& options,
                                                         std::vector<zerogap::Parameter<float>>& parameters);
zerogap::Optimizer<double>* zerogap_torch_optimizer_double(
    const zerogap::OptimizerOptions& options, std::vector<zerogap::Parameter<double>>& parameters);
}
