# SPDX-License-Identifier: Apache-2.0
"""The paper's figures and the claims that do not hold as stated: launch/paper, docs/paper.md."""
