/** What goes wrong at the command line: one clear line, a status, and nothing lost. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Client, hexBytes } from '../support/e2e-client.ts';
import { E2eFolder } from '../support/e2e-folder.ts';
import { pattern } from '../support/e2e-lists.ts';
import { serverfree } from '../support/e2e-program.ts';
import { mount } from '../support/io-mount.ts';
import { requiresRoot } from '../support/requires.ts';

const folder = new E2eFolder();

/** Runs a command that must fail with one line that has these words in it. */
async function failing(status: number, words: readonly string[], ...args: string[]) {
  const ran = await serverfree(...args);
  expect(ran).toMatchObject({ status, out: '' });
  const lines = ran.errors.trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^serverfree: /);
  for (const word of words) expect(lines[0]).toContain(word);
}

const listening = ['--listen', '127.0.0.1:0'];

describe('wrong usage ends with status 2', () => {
  it.each([
    ['an unknown flag', ['--drive', 'x'], ['--drive']],
    ['no logical unit', [], ['--disk NAME=FILE']],
    ['a disk without a file', ['--disk', 'a='], ['--disk', 'a=']],
    ['an option that disks do not have', ['--disk', 'a=b,colour=red'], ['colour=red']],
    ['a size that is none', ['--disk', 'a=b,size=many'], ['many']],
    ['a block length that is none', ['--disk', 'a=b,block=513'], ['513']],
    ['a name given twice', ['--disk', 'a=b', '--disk', 'a=c'], ['name a']],
    ['a cartridge for two drives', ['--tape', 'a=t', '--tape', 'b=t'], ['t is given twice']],
    ['a transport name that is none', ['--disk', 'a=b', '--transport', 'fc:50'],
      ['--transport', 'fc:50', 'fc:50:06:01:60:41:e0:a1:b2', 'ip:192.0.2.1:3260']],
    ['a transport name for a unit that is none', ['--disk', 'a=b', '--transport', 'scsi:5=c'],
      ['scsi:5', "'c'", 'there are a']],
    ['a transport name given twice',
      ['--disk', 'a=b', '--transport', 'scsi:5', '--transport', 'scsi:5=a'], ['scsi:5', 'twice']],
    ['a copy setting that is none', ['--disk', 'a=b', '--copy', 'speed=9'],
      ['speed', 'cscdCountMax', 'padding']],
    ['a value that a copy setting cannot have', ['--disk', 'a=b', '--copy', 'padding=none'],
      ['padding', 'none', 'transfer, block']],
    ['a limit of copies out of its range', ['--disk', 'a=b', '--copy', 'cscdCountMax=0'],
      ['cscdCountMax 0', '1 to 2047']],
    ['an address that is none', ['--disk', 'a=b', '--listen', 'here'], ['--listen', 'here']],
    ['a rung that is none', ['--disk', 'a=b', '--rung', 'ladder'], ['ladder', 'portable']],
    ['a target of its own without a user', ['--disk', 'a=b', '--mutual-user', 'u'], ['--user']],
    ['an access rule for nobody', ['--disk', 'a=b', '--acl', 'me'], ['--acl', 'me', 'iSCSI name']],
    ['an access rule to a unit that is none', ['--disk', 'a=b', '--acl', '*=0:c'],
      ["'c'", 'there are a']],
    ['a user without a secret', ['--disk', 'a=b', '--user', 'u'], ['secret', '--secret-file']],
  ])('%s', async (_, args, words) => {
    await failing(2, words, 'target', ...args);
  });
});

describe('what cannot be opened ends with status 1', () => {
  it('an image that is not there', () =>
    failing(1, [folder.file('none')],
      'target', ...listening, '--disk', `a=${folder.file('none')}`));

  it('an image that is not whole blocks', async () => {
    writeFileSync(folder.file('odd'), new Uint8Array(1000));
    await failing(1, [folder.file('odd'), '1000', '512'],
      'target', ...listening, '--disk', `a=${folder.file('odd')}`);
    expect(readFileSync(folder.file('odd'))).toHaveLength(1000);
  });

  it('an image of another size than was said', async () => {
    writeFileSync(folder.file('image'), pattern(1, 4096));
    await failing(1, ['4096', '8192'],
      'target', ...listening, '--disk', `a=${folder.file('image')},size=8192`);
    expect(readFileSync(folder.file('image')).equals(pattern(1, 4096))).toBe(true);
  });

  it('a folder that holds something else than a cartridge', async () => {
    writeFileSync(folder.file('letter'), 'do not lose me');
    await failing(1, ['letter'], 'target', ...listening,
      '--tape', `t=${join(folder.file('letter'), '..')}`);
    expect(readFileSync(folder.file('letter'), 'utf8')).toBe('do not lose me');
  });

  it('a cartridge whose label is damaged', async () => {
    expect(await serverfree('cartridge', 'new', folder.file('tape'))).toMatchObject({ status: 0 });
    writeFileSync(join(folder.file('tape'), 'cartridge.json'), '{');
    await failing(1, ['cartridge.json'],
      'target', ...listening, '--tape', `t=${folder.file('tape')}`);
    await failing(1, ['cartridge.json'], 'cartridge', 'check', folder.file('tape'));
  });

  it('a port that is taken', async () => {
    const target = await folder.disksAndTape();
    await failing(1, [target.portal, 'in use'], 'target', '--listen', target.portal,
      '--disk', `x=${folder.file('x')},size=1M`);
    await target.stop();
  });

  it('media that another target has', async () => {
    const target = await folder.disksAndTape();
    await failing(1, [folder.file('first.img'), 'in use'],
      'target', ...listening, '--disk', `x=${folder.file('first.img')}`);
    await failing(1, [folder.file('tape'), 'in use'],
      'target', ...listening, '--tape', `x=${folder.file('tape')}`);
    for (const command of ['check', 'show']) {
      await failing(1, [folder.file('tape'), 'in use'], 'cartridge', command, folder.file('tape'));
    }
    await target.stop();
    const { status } = await serverfree('cartridge', 'check', folder.file('tape'));
    expect(status).toBe(0);
  });

  it('one image by two paths', async () => {
    writeFileSync(folder.file('image'), pattern(1, 4096));
    const other = join(folder.file('x'), '..', '.', 'image');
    await failing(1, ['in use'], 'target', ...listening,
      '--disk', `a=${folder.file('image')}`, '--disk', `b=./${'../'.repeat(30)}${other}`);
  });
});

const tmpfs = requiresRoot('mount');

describe.skipIf(tmpfs.isMissing)(`a full file system${tmpfs.why}`, () => {
  it('ends a copy with what the tape would say, and loses nothing before', async () => {
    const small = mount('tmpfs', ['size=8m']);
    if (typeof small === 'string') throw new Error(small);
    try {
      writeFileSync(folder.file('disk'), pattern(1, 32 * 1024 * 1024));
      const tape = join(small.folder, 'tape');
      const target = await folder.target(
        '--disk', `disk=${folder.file('disk')}`, '--tape', `tape=${tape},capacity=1G`);
      const client = new Client(`iscsi://${target.portal}/${target.iqn}`);
      const copy = async (blocks: string) => client.copy(1, hexBytes(`
        01 00 0040 00000000 00000024 00000000
        E4 00 0000 01 03 00 08 ${(await client.naa(0)).padEnd(40, '0')} 00 000200
        E4 01 0000 01 03 00 08 ${(await client.naa(1)).padEnd(40, '0')} 00 000000
        00 00 0014 0000 0001 00 010000 0000 ${blocks} 0000000000000000
        10 00 0008 0000 0001 00 000001`));
      expect(await copy('1000')).toMatchObject({ told: 'good' });   // 2 MiB
      const { told, sense } = await copy('FF80');
      expect(told).toBe('0A/0D/01');
      // VOLUME OVERFLOW with EOM, forwarded from the tape.
      expect(sense.slice(36)).toMatch(/^02[7f]0004d/);
      expect(await client.send(1, '01 00 00 00 00 00')).toMatchObject({ told: 'good' });
      const record = await client.must(1, '08 00 010000 00', { room: 65_536 });
      expect(Buffer.from(record).equals(pattern(1, 65_536))).toBe(true);
      await client.close();
      await target.stop();
      const { status, out } = await serverfree('cartridge', 'check', '--json', tape);
      expect(status).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ problemCount: 0 });
    } finally {
      small.unmount();
    }
  });
});

it('SIGTERM in the middle of a copy ends the copy, and keeps the tape whole', async () => {
  const disk = pattern(1, 32 * 1024 * 1024);
  writeFileSync(folder.file('disk'), disk);
  const target = await folder.target('--rung', 'portable',
    '--disk', `disk=${folder.file('disk')}`, '--tape', `tape=${folder.file('tape')},capacity=1G`);
  const client = new Client(`iscsi://${target.portal}/${target.iqn}`);
  const naas = [await client.naa(0), await client.naa(1)].map((naa) => naa.padEnd(40, '0'));
  await client.must(1, '0A 00 000004 00', { out: hexBytes('61626364') });
  await client.must(1, '10 00 000001 00');
  const segment = '00 00 0014 0000 0001 00 010000 0000 FF80 0000000000000000';
  const copying = client.copy(1, hexBytes(`01 00 0040 00000000 00003000 00000000
    E4 00 0000 01 03 00 08 ${naas[0]} 00 000200 E4 01 0000 01 03 00 08 ${naas[1]} 00 000000
    ${segment.repeat(512)}`)).then(({ told }) => told, () => 'cut off');
  // Once its status tells of a first segment the copy is under way.
  for (let segments = 0; segments === 0;) {
    const status = await client.must(1, '84 00 01 00000000000000 0000000C 00 00', { room: 12 });
    segments = Buffer.from(status).readUInt16BE(5);
  }
  await target.stop();
  expect(target.events).toMatchObject([{ event: 'copy', status: 'taskAborted' }]);
  expect(await copying).not.toBe('good');
  await client.close();
  const { status } = await serverfree('cartridge', 'check', folder.file('tape'));
  expect(status).toBe(0);
  const again = await folder.target('--tape', `tape=${folder.file('tape')}`);
  const reader = new Client(`iscsi://${again.portal}/${again.iqn}`);
  expect(Buffer.from(await reader.must(0, '08 00 000004 00', { room: 4 })).toString()).toBe('abcd');
  await reader.close();
  await again.stop();
  rmSync(folder.file('tape'), { recursive: true });
});
