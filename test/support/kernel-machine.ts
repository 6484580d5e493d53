/**
 * Runs scripts in a Linux kernel of its own, in an emulated machine that needs no rights:
 *
 *   kernel, initramfs + script ─→ qemu ─ ttyS1 ─→ BEGIN name · STEP name ok|fail detail · END
 *        host reachable as 10.0.2.2 ┘    └ ttyS1 ← an answer to each ASK request
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { archiveOfFiles } from './kernel-cpio.ts';
import { type Guest, kernelGuest } from './kernel-guest.ts';

const SCRIPTS = fileURLToPath(new URL('../interop/kernel/', import.meta.url));
/** A guest that has not ended by then hangs; a boot takes seconds. */
const HANG_MS = 840_000;
const MEMORY_MB = 512;
const CONSOLE_LINES = 40;

export interface Run {
  /** Scripts of test/interop/kernel, without their endings; they run one after the other. */
  readonly scripts: readonly string[];
  /** Further files of test/interop/kernel, by their paths in the guest, where its folders exist. */
  readonly files?: Readonly<Record<string, string>>;
  /** A fresh folder for what the machine needs. */
  readonly file: (name: string) => string;
  /** Environment of the script. */
  readonly variables: Readonly<Record<string, string>>;
  /** What the script asks of its host; it waits until this is done. */
  readonly onAsk?: (request: string) => Promise<void>;
}

export interface Report {
  /** By the name of a step: nothing if it did what it should, else what it said. */
  readonly failures: ReadonlyMap<string, string>;
  /** What the kernel said last. */
  readonly console: string;
}

const sourceOf = (script: string): string => readFileSync(`${SCRIPTS}${script}.sh`, 'utf8');

/** Names of the steps of a script, in their order. */
export const stepsOf = (script: string): string[] =>
  [...sourceOf(script).matchAll(/^step '([^']+)'/gm)].map(([, name]) => name!); // has its group

/** The path of a pcap file with all that the guest sent and received. */
export const recordingOf = (file: Run['file']): string => file('recording.pcap');

const qemuArgs = ({ kernel }: Guest, file: Run['file']): string[] => [
  '-accel', 'tcg,thread=multi', '-machine', 'q35', '-cpu', 'Nehalem,+rdrand', '-smp', '1',
  '-m', `${MEMORY_MB}`, '-nodefaults', '-no-reboot', '-display', 'none',
  '-netdev', 'user,id=net,ipv6=off', '-device', 'virtio-net-pci,netdev=net,romfile=',
  '-object', `filter-dump,id=dump,netdev=net,maxlen=262144,file=${recordingOf(file)}`,
  '-chardev', `file,id=console,path=${file('console')}`, '-serial', 'chardev:console',
  '-chardev', 'stdio,id=steps,signal=off', '-serial', 'chardev:steps',
  '-kernel', kernel, '-initrd', file('initramfs'),
  '-append', 'console=ttyS0 loglevel=5 panic=-1 mitigations=off',
];

function writeInitramfs(guest: Guest, { scripts, files = {}, file, variables }: Run): void {
  const settings = Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value}'\n`).join('');
  const added = archiveOfFiles({
    'init': sourceOf('init'), 'steps.sh': sourceOf('steps'), 'settings.sh': settings,
    'script.sh': scripts.map(sourceOf).join('\n'),
    ...Object.fromEntries(Object.entries(files)
      .map(([path, source]) => [path, readFileSync(`${SCRIPTS}${source}`, 'utf8')])),
  });
  writeFileSync(file('initramfs'), Buffer.concat([readFileSync(guest.initramfs), added]));
}

/**
 * Boots, runs the script and waits until the machine is off.
 *
 * Throws: Error with what qemu and the kernel said if there is no machine or it hangs.
 */
export async function runInKernel(given: Run): Promise<Report> {
  const guest = kernelGuest();
  writeInitramfs(guest, given);
  const qemu = spawn('qemu-system-x86_64', qemuArgs(guest, given.file), { stdio: 'pipe' });
  let errors = '';
  qemu.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = once(qemu, 'close') as Promise<[number | null]>;
  const alarm = setTimeout(() => qemu.kill('SIGKILL'), HANG_MS);
  const failures = new Map<string, string>();
  let doing = 'its boot';
  for await (const line of createInterface({ input: qemu.stdout })) {
    const [kind, name = '', verdict, ...detail] = line.trimEnd().split('\t');
    if (kind === 'BEGIN') doing = name;
    else if (kind === 'STEP') failures.set(name, verdict === 'ok' ? '' : detail.join('\t'));
    else if (kind === 'ASK') {
      await given.onAsk?.(name);
      qemu.stdin.write('done\n');
    } else if (kind === 'END') doing = '';
  }
  const [status] = await ended;
  clearTimeout(alarm);
  const said = readFileSync(given.file('console'), 'utf8')
    .split(/\r?\n/).slice(-CONSOLE_LINES).join('\n');
  if (status === 0 && doing === '') return { failures, console: said };
  throw new Error(`the guest ended with ${status} in ${doing || 'its end'}: ${errors}\n${said}`);
}
