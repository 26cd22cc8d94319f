# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""The real peers that Haechi is tested with. Each is a context manager: it starts, and it always stops."""
