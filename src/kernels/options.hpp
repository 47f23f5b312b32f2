#pragma once

namespace zerogap {

enum class Precision { fp32, fp64 };
enum class BackendName { automatic, reference, cpu, cuda };

}  // namespace zerogap
