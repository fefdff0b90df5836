"""`python -m vbtui`."""

import sys

from vbtui.cli import main

sys.exit(main())
