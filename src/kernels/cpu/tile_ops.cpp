// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/tile_ops.hpp"

#include <type_traits>

// AVX3_DL and newer add nothing to these kernels, and SSSE3 little; leaving them out saves build time.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/tile_ops.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/dual-inl.hpp"
#include "kernels/cpu/primal-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace zerogap::cpu::HWY_NAMESPACE {

template <class T>
const TileOps<T>& Operations() {
  static const TileOps<T> operations = {
      hwy::TargetName(HWY_TARGET),
      static_cast<int>(hn::Lanes(Tag<T>())),
      {RunGates<Form::predict, T>, RunGates<Form::predict_signed, T>, RunGates<Form::step, T>,
       RunGates<Form::step_signed, T>, RunGates<Form::gates, T>, RunGates<Form::gates_signed, T>,
       RunGates<Form::gates_smooth, T>, RunGates<Form::gates_curved, T>},
      ApplyFree<T>,
      ApplySharp<T>,
      ApplySmooth<T>,
      ApplyCurved<T>,
      RunPrimalForward<T>,
      PrimalApply<T>,
      GateSumsOf<T>,
      RepairOf<T>,
      Flush<T>,
      Fold<T>};
  return operations;
}

const TileOps<float>& OperationsF32() { return Operations<float>(); }
const TileOps<double>& OperationsF64() { return Operations<double>(); }

}  // namespace zerogap::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zerogap::cpu {

HWY_EXPORT(OperationsF32);
HWY_EXPORT(OperationsF64);

template <class T>
const TileOps<T>& tile_ops() {
  if constexpr (std::is_same_v<T, float>)
    return HWY_DYNAMIC_DISPATCH(OperationsF32)();
  else
    return HWY_DYNAMIC_DISPATCH(OperationsF64)();
}

template const TileOps<float>& tile_ops();
template const TileOps<double>& tile_ops();

}  // namespace zerogap::cpu
#endif
