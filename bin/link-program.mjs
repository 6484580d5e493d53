// `npx serverfree` in a checkout: npm links the programs of packages that are installed, and a
// checkout's own program only where something depends on it.
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const programs = join(root, 'node_modules', '.bin');
if (existsSync(programs)) {
  const link = join(programs, 'serverfree');
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', 'bin', 'serverfree.js'), link);
}
