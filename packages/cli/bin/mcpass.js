#!/usr/bin/env node
// Beside the build, so that npm finds it when it links the command of a fresh clone, which has not been built yet.
import '../dist/main.js';
