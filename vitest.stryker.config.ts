/** How tests run under mutation: only those that look at the implementation of VFS by itself, without the build. */
import {defineConfig} from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/impl/vfs/**/*.test.ts', 'test/conformance/vfs/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
