/** The command line as users run it: backup, ls, restore, verify and rebuild on a real target. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { E2eFolder } from '../support/e2e-folder.ts';
import { serverfree as runServerfree } from '../support/e2e-program.ts';
import { requires } from '../support/requires.ts';
import { seeded } from '../support/seeded.ts';
import { randomFrom } from '../support/seeded-random.ts';
import type { TargetProcess } from '../support/target-process.ts';

const needed = requires('mkfs.ext4', 'e2fsck');
const ADMIN_PATH = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

interface Report {
  readonly set: string;
  readonly mover: string;
  readonly dataBytes: number;
  readonly copyManagerBytes: number;
  readonly byRung: Readonly<Record<string, number>>;
  readonly client: { readonly dataBytes: number; readonly metadataBytes: number };
}

describe.skipIf(needed.isMissing)(`backup and restore${needed.why}`, () => {
  const folder = new E2eFolder();
  let target: TargetProcess;
  let catalog: string[];

  const sum = (numbers: Readonly<Record<string, number>>): number =>
    Object.values(numbers).reduce((total, one) => total + one, 0);

  async function serverfree(...args: string[]): Promise<string> {
    const { status, out, errors } = await runServerfree(...args);
    expect(`${status} ${errors}`).toMatch(/^0 /);
    return out;
  }

  const job = async (...args: string[]): Promise<Report> =>
    JSON.parse(await serverfree(...args, ...catalog, '--json')) as Report; // what --json prints

  beforeEach(async () => {
    const random = randomFrom(seeded(20_011_122));
    const files = folder.file('files');
    mkdirSync(files);
    cpSync('src', `${files}/src`, { recursive: true });
    writeFileSync(`${files}/odd`, random.bytes(1_234_567));
    writeFileSync(`${files}/large`, random.bytes(9 * 1024 * 1024));
    writeFileSync(`${files}/empty`, '');
    symlinkSync('odd', `${files}/link`);
    execFileSync('mkfs.ext4', ['-q', '-F', '-d', files, folder.file('disk.img'), '48M'],
      { env: ADMIN_PATH });
    cpSync(folder.file('disk.img'), folder.file('original.img'));
    target = await folder.target(
      '--disk', `disk=${folder.file('disk.img')}`,
      '--disk', `other=${folder.file('other.img')},size=48M`,
      '--tape', `tape=${folder.file('tape')},capacity=1G`);
    catalog = ['--catalog', folder.file('catalog.db')];
  });

  const tape = (): string[] => ['--tape', target.url(2)];
  const backUp = (...args: string[]): Promise<Report> =>
    job('backup', '--source', target.url(0), ...tape(), ...args);

  it.each(['xcopy', 'host'])('brings a volume back by %s, and e2fsck agrees', async (mover) => {
    const { set } = await backUp('--mover', mover);
    const report = await job(
      'restore', set, ...tape(), '--to-disk', target.url(1), '--mover', mover);
    expect(report.mover).toBe(mover);
    await target.stop();
    const original = readFileSync(folder.file('original.img'));
    expect(readFileSync(folder.file('other.img')).equals(original)).toBe(true);
    execFileSync('e2fsck', ['-fn', folder.file('other.img')], { env: ADMIN_PATH, stdio: 'ignore' });
  });

  it('moves no data through the client, and says who moved what', async () => {
    const report = await backUp();
    expect(report).toMatchObject({
      mover: 'xcopy', copyManagerBytes: report.dataBytes, client: { dataBytes: 0 } });
    expect(report.dataBytes).toBeGreaterThan(10 * 1024 * 1024);
    // Padding to a whole record, labels and maps are moved, too.
    expect(sum(report.byRung)).toBeGreaterThanOrEqual(report.dataBytes);
    expect(report.client.metadataBytes).toBeLessThan(report.dataBytes);
    const host = await backUp('--mover', 'host');
    expect(host).toMatchObject({ mover: 'host', copyManagerBytes: 0 });
    expect(host.client.dataBytes).toBeGreaterThanOrEqual(2 * host.dataBytes);
  });

  it('restores one file to its place, without data through the client', async () => {
    const { set } = await backUp();
    await job('restore', set, ...tape(), '--to-disk', target.url(1));
    await damage('large');
    const report = await job('restore', `${set}:/large`, ...tape(), '--to-disk', target.url(1));
    expect(report.client.dataBytes).toBe(0);
    await target.stop();
    const original = readFileSync(folder.file('original.img'));
    expect(readFileSync(folder.file('other.img')).equals(original)).toBe(true);
  });

  /** Makes other bytes of a file's first blocks, on the second disk, and has it served again. */
  async function damage(name: string): Promise<void> {
    await target.stop();
    execFileSync('debugfs', ['-w', '-R', `zap_block -f /${name} 0`, folder.file('other.img')],
      { env: ADMIN_PATH, stdio: 'ignore' });
    const original = readFileSync(folder.file('original.img'));
    expect(readFileSync(folder.file('other.img')).equals(original)).toBe(false);
    target = await folder.target(
      '--disk', `disk=${folder.file('disk.img')}`, '--disk', `other=${folder.file('other.img')}`,
      '--tape', `tape=${folder.file('tape')}`);
  }

  it('refuses to restore a file to the place of another, and writes nothing', async () => {
    const { set } = await backUp();
    const before = readFileSync(folder.file('other.img'));
    const { status, errors } = await runServerfree(
      'restore', `${set}:/large`, ...tape(), '--to-disk', target.url(1), ...catalog);
    expect(status).toBe(1);
    expect(errors.trim().split('\n')).toHaveLength(1);
    expect(errors).toMatch(/^serverfree: Cannot restore/);
    expect(readFileSync(folder.file('other.img')).equals(before)).toBe(true);
  });

  it('restores folders into a folder from a catalog that was rebuilt from the tape', async () => {
    const { set } = await backUp();
    catalog = ['--catalog', folder.file('rebuilt.db')];
    await serverfree('catalog', 'rebuild', ...tape(), ...catalog);
    const out = folder.file('out');
    await job('restore', `${set}:/`, ...tape(), '--to-folder', out);
    for (const name of ['odd', 'large', 'empty', 'src/app/main.ts']) {
      const original = readFileSync(folder.file(`files/${name}`));
      expect(readFileSync(`${out}/${name}`).equals(original)).toBe(true);
    }
    expect(readFileSync(`${out}/link`).length).toBe(1_234_567);
    expect(statSync(`${out}/src`).isDirectory()).toBe(true);
  });

  it('lists what is there, and verify notices a disk that has changed', async () => {
    const { set } = await backUp('--label', 'nightly');
    expect(await serverfree('ls', ...catalog)).toContain('nightly');
    expect(await serverfree('ls', 'nightly:/', ...catalog)).toMatch(/large .*9\.00 MiB/);
    await serverfree('verify', set, ...tape(), '--source', target.url(0), ...catalog);
    const changed = await runServerfree(
      'verify', set, ...tape(), '--source', target.url(1), ...catalog);
    expect(changed.status).toBe(1);
    expect(changed.errors).toMatch(/bytes differ from the disk/);
  });

  it('leaves a cartridge that passes its check', async () => {
    await backUp();
    await target.stop();
    const printed = await serverfree('cartridge', 'check', folder.file('tape'), '--json');
    const report = JSON.parse(printed);
    expect(report).toMatchObject({ problemCount: 0, damage: [], cutEntries: 0 });
    expect(report.checkedBytes).toBeGreaterThan(10 * 1024 * 1024);
  });
});
