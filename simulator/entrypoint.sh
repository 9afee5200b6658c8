#!/bin/sh
# Installed as /usr/local/bin/vllm: manifests and people start the simulator as they start vLLM.
exec neuralnav simulator "$@"
