# SPDX-License-Identifier: Apache-2.0
"""No loop of a CUDA kernel has its way out in the middle.

nvcc turns a loop of 25 rounds that it unrolls by four into one of four rounds that is left after the first;
ptxas (13.0 and 13.5 for sm_90) unrolls such a loop once more and reads the last round at a wrong address:
seen on an H200 as an invalid read of shared memory. No emulation shows what ptxas does, so the loop itself is
looked for, in the PTX: one that ends with an unconditional jump back and does not forbid unrolling.

usage: loops_test.py NVCC FOLDER_OF_KERNELS [nvcc's options]
"""

import pathlib
import re
import subprocess
import sys
import tempfile

TARGET = re.compile(r"\bbra(?:\.uni)?\s+(\$L__\w+);")


def loops_left_in_the_middle(ptx):
    found = []
    for kernel in re.finditer(r"\.entry (\w+)\(.*?\n\{(.*?)\n\}", ptx, re.S):
        lines = kernel[2].split("\n")
        label = {line.rstrip(":"): at for at, line in enumerate(lines) if re.fullmatch(r"\$L__\w+:", line)}
        for at, line in enumerate(lines):
            back = TARGET.search(line)
            if not back or label[back[1]] > at or "@" in line:
                continue
            body = lines[label[back[1]] : at]
            if not any(".pragma" in line and "nounroll" in line for line in body[:4]):
                found.append(f"{kernel[1]}: the loop at {back[1]}")
    return found


# As nvcc 13.0 wrote it: round 0 is entered from outside, rounds 1 to 3 come before it.
LEFT_IN_THE_MIDDLE = """.visible .entry sample(
)
{
	bra.uni 	$L__BB0_2;
$L__BB0_1:
	add.s32 	%r1, %r1, 4;
$L__BB0_2:
	setp.eq.s32 	%p1, %r1, 24;
	@%p1 bra 	$L__BB0_3;
	bra.uni 	$L__BB0_1;
$L__BB0_3:
	ret;
}
"""


def main():
    nvcc, folder, *options = sys.argv[1:]
    assert loops_left_in_the_middle(LEFT_IN_THE_MIDDLE) == ["sample: the loop at $L__BB0_1"]
    kernels, found = 0, []
    with tempfile.TemporaryDirectory() as scratch:
        for source in sorted(pathlib.Path(folder).glob("*.cu")):
            to = pathlib.Path(scratch, source.stem + ".ptx")
            subprocess.run([nvcc, *options, "-arch=sm_90", "-ptx", "-o", to, source], check=True)
            ptx = to.read_text()
            kernels += len(re.findall(r"\.entry ", ptx))
            found += [f"{source.name}: {loop}" for loop in loops_left_in_the_middle(ptx)]
    print(f"{kernels} kernels, {len(found)} loops with the way out in the middle")
    assert kernels > 50
    if found:
        sys.exit("\n".join([*found, "write them as for_entries() of cuda/backward_wide.cuh does"]))


main()
