#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/app/main.js', import.meta.url);
if (existsSync(main)) {
  const { run } = await import(main.href);
  process.exitCode = await run(process.argv.slice(2));
} else {
  process.stderr.write('serverfree: Cannot start: it is not built; run `npm ci` in its folder\n');
  process.exitCode = 1;
}
