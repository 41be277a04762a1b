# kubernetes-validate, which has the schemas of every version of Kubernetes with it, as a command in one place.
import sys

from kubernetes_validate.__main__ import main

sys.exit(main())
