// Builds the addon. Everything but speed and a few file operations works without it, so a machine
// without a compiler gets a warning and not a failed installation.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const nodePrefix = dirname(dirname(process.execPath));

/** npm names its own node-gyp; without npm it is looked for where npm lies beside this Node. */
function nodeGyp() {
  const scripts = [
    process.env.npm_config_node_gyp,
    join(nodePrefix, 'lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js'),
  ];
  const script = scripts.find((path) => path !== undefined && existsSync(path));
  return script === undefined ? ['node-gyp'] : [process.execPath, script];
}

function build() {
  if (process.platform !== 'linux') return `it is for Linux, this is ${process.platform}`;
  const [command, ...args] = nodeGyp();
  // Headers that came with Node need no download.
  const hasHeaders = existsSync(join(nodePrefix, 'include/node/node_api.h'));
  if (hasHeaders) args.push(`--nodedir=${nodePrefix}`);
  const run = spawnSync(command, [...args, 'rebuild'], { cwd: root, encoding: 'utf8' });
  if (run.error !== undefined) return run.error.message;
  if (run.status === 0) return undefined;
  const output = `${run.stdout}\n${run.stderr}`.split('\n');
  return output.find((line) => /\berror\b|ERR! stack/i.test(line))?.trim() ?? 'node-gyp failed';
}

const problem = build();
if (problem !== undefined) {
  console.warn(
    'serverfree: WARNING: the native addon could not be built. What is missing: the rungs reflink,'
    + ' direct and kernel (copies are slower), hole punching, preallocation, strong file locks.'
    + ` Everything else works. Reason: ${problem}`,
  );
}
