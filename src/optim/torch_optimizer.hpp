// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "optim/optimizer.hpp"

// The functions of libzerogap_torch.so that make asgd and svrg (options.name), one for each type of weights;
// the caller owns the result. Only make_optimizer() calls them, by name through core/torch_library.hpp.
extern "C" {
zerogap::Optimizer<float>* zerogap_torch_optimizer_float(const zerogap::OptimizerOptions& options,
                                                         std::vector<zerogap::Parameter<float>>& parameters);
zerogap::Optimizer<double>* zerogap_torch_optimizer_double(
    const zerogap::OptimizerOptions& options, std::vector<zerogap::Parameter<double>>& parameters);
}
