/**
 * Plants each known fault in a copy of the sources, and runs the property tests there: they must
 * fail. `npm run test:faults`, with names of faults for some of them.
 *
 * ```text
 *   tree ──copy──► folder ──patch──► vitest, SERVERFREE_RUNS cases ──► caught by a test, or not
 * ```
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FAULTS, planted } from './faults.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COPIED = ['src', 'test/copy', 'test/support', 'package.json', 'tsconfig.json'];
const TESTS = ['model', 'faults', 'at-once'].map((name) => `test/copy/${name}.test.ts`);
const CONFIG = `export default { cacheDir: '.vite', test: { include: ${JSON.stringify(TESTS)} } };`;

/** Faults tried side by side. */
const WORKER_COUNT = 2;
/** Cases per property. */
const RUNS = process.env.SERVERFREE_RUNS ?? '1500';
/** A fault may make a copy wait for ever, which is caught as well. */
const TIMEOUT_MS = 120_000;

interface Failure {
  readonly test: string;
  readonly message: string;
}

/** The first test that failed; undefined if none did. */
async function firstFailure(folder: string): Promise<Failure | undefined> {
  const results = join(folder, 'results.json');
  rmSync(results, { force: true });
  const child = spawn(process.execPath, [
    join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--bail=1', '--no-file-parallelism',
    '--reporter=json', `--outputFile=${results}`,
  ], { cwd: folder, stdio: 'ignore', env: { ...process.env, SERVERFREE_RUNS: RUNS } });
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
  const status = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  clearTimeout(timer);
  if (status === null) return { test: 'a test that does not end', message: '' };
  if (status === 0) return undefined;
  const { testResults } = JSON.parse(readFileSync(results, 'utf8')) as { testResults: {
    readonly name: string; readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string; readonly title: string;
      readonly failureMessages: readonly string[] }[] }[] };
  for (const { name, assertionResults } of testResults) {
    const failed = assertionResults.find((one) => one.status === 'failed');
    if (failed === undefined) continue;
    return { test: `${name.split('/').at(-1)}: ${failed.title}`,
      message: failed.failureMessages.join('\n') };
  }
  throw new Error(`Cannot run the tests: ${testResults.map(({ message }) => message).join()}`);
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'serverfree-faults-'));
  for (const path of COPIED) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'vitest.config.ts'), CONFIG);
  return folder;
}

/** Tries a fault; false if it survives. */
async function isCaught(folder: string, name: string): Promise<boolean> {
  const fault = FAULTS[name];
  if (fault === undefined) throw new Error(`Cannot plant ${name}: there is no such fault`);
  const path = join(folder, fault.file);
  const text = readFileSync(path, 'utf8');
  const startMs = performance.now();
  writeFileSync(path, planted(name, fault, text));
  try {
    const failure = await firstFailure(folder);
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    say(name, failure === undefined ? `SURVIVES: ${fault.what}` : `caught by ${failure.test}`,
      seconds);
    return failure !== undefined;
  } finally {
    writeFileSync(path, text);
  }
}

const say = (name: string, what: string, seconds: string): void => {
  process.stdout.write(`${name.padEnd(26)} ${seconds.padStart(6)} s  ${what}\n`);
};

/** Returns how many faults survive. Throws: Error if a test fails without any. */
async function main(names: readonly string[]): Promise<number> {
  const folders = Array.from({ length: WORKER_COUNT }, makeFolder);
  try {
    const unsound = await firstFailure(folders[0]!); // there are workers
    if (unsound !== undefined) {
      throw new Error(
        `Cannot try faults: without any, ${unsound.test} fails: ${unsound.message}`);
    }
    const left = [...names];
    let surviving = 0;
    await Promise.all(folders.map(async (folder) => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) {
        if (!await isCaught(folder, name)) surviving += 1;
      }
    }));
    process.stdout.write(`${names.length - surviving} of ${names.length} faults caught\n`);
    return surviving;
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

const asked = process.argv.slice(2);
process.exitCode = await main(asked.length > 0 ? asked : Object.keys(FAULTS)) > 0 ? 1 : 0;
