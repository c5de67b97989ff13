"""What the frozen program begins with."""

import sys

from chat2anyllm_desktop.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
