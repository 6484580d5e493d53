import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { E2eFolder } from '../support/e2e-folder.ts';
import { suiteTests } from '../support/e2e-libiscsi.ts';
import { outputOf, run } from '../support/e2e-program.ts';
import { requires } from '../support/requires.ts';

const suite = requires('iscsi-test-cu');
const tools = requires('iscsi-ls', 'iscsi-inq');
const folder = new E2eFolder();
const DISK_LUN = 0;
const TAPE_LUN = 2;

describe.skipIf(suite.isMissing)(`the test suite of libiscsi${suite.why}`, () => {
  it.each([
    'SCSI.ExtendedCopy', 'SCSI.ReceiveCopyResults', 'SCSI.PrinReadKeys',
    'SCSI.PrinServiceactionRange', 'SCSI.PrinReportCapabilities', 'SCSI.ProutRegister',
    'SCSI.ProutReserve', 'SCSI.ProutClear', 'SCSI.ProutPreempt', 'SCSI.Reserve6',
  ])(
    'passes %s, and skips none of it', async (family) => {
      // The suite takes it that segments of tapes are not supported, as without tapes they are not.
      const target = await folder.disks();
      const tests = await suiteTests(target.url(DISK_LUN), family);
      expect(tests.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
      await target.stop();
    });

  it.each([
    'SCSI.Read10', 'SCSI.Write10', 'SCSI.Inquiry', 'SCSI.ReadCapacity10', 'SCSI.ReadCapacity16',
    'SCSI.TestUnitReady', 'iSCSI',
  ])('fails nothing of %s', async (family) => {
    const target = await folder.disksAndTape();
    const tests = await suiteTests(target.url(DISK_LUN), family);
    expect(tests.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    expect(tests.some(({ verdict }) => verdict === 'passed')).toBe(true);
    expect(target.errors).not.toContain('internal error');
    await target.stop();
  });

  it('fails nothing of iSCSI after a login with CHAP', async () => {
    writeFileSync(folder.file('secret'), 'a secret of a\n');
    const target = await folder.disksAndTape(
      '--user', 'alice', '--secret-file', folder.file('secret'));
    const url = target.url(DISK_LUN, 'alice%a secret of a');
    const tests = await suiteTests(url, 'iSCSI');
    expect(tests.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    await target.stop();
  });
});

describe.skipIf(tools.isMissing)(`the tools of libiscsi${tools.why}`, () => {
  it('list all logical units with their kinds and sizes', async () => {
    const target = await folder.disksAndTape();
    const listed = await outputOf('iscsi-ls', ['-s', `iscsi://${target.portal}/`]);
    expect(listed).toContain(`Target:${target.iqn} Portal:${target.portal},1`);
    expect(listed).toMatch(/Lun:0\s+Type:DIRECT_ACCESS \(Size:63M\)/);
    expect(listed).toMatch(/Lun:1\s+Type:DIRECT_ACCESS \(Size:63M\)/);
    expect(listed).toMatch(/Lun:2\s+Type:SEQUENTIAL_ACCESS/);
    await target.stop();
  });

  it('inquire a disk and a tape', async () => {
    const target = await folder.disksAndTape();
    const disk = await outputOf('iscsi-inq', [target.url(DISK_LUN)]);
    expect(disk).toMatch(/^Peripheral Device Type:DIRECT_ACCESS$/m);
    expect(disk).toMatch(/^3PC:1$/m);
    const tape = await outputOf('iscsi-inq', [target.url(TAPE_LUN)]);
    expect(tape).toMatch(/^Peripheral Device Type:SEQUENTIAL_ACCESS$/m);
    expect(tape).toMatch(/^Removable:1$/m);
    expect(tape).toMatch(/^3PC:1$/m);
    const pages = await outputOf('iscsi-inq', ['-e', '1', '-c', '0x00', target.url(TAPE_LUN)]);
    for (const page of ['0x80', '0x83']) expect(pages.toLowerCase()).toContain(page);
    await target.stop();
  });

  it('are let in with the right secret only', async () => {
    writeFileSync(folder.file('secret'), 'correct horse battery\n');
    const target = await folder.disksAndTape(
      '--user', 'alice', '--secret-file', folder.file('secret'));
    const inquire = (login: string) => run('iscsi-inq', [target.url(DISK_LUN, login)]);
    expect(await inquire('alice%correct horse battery')).toMatchObject({ status: 0 });
    for (const login of ['alice%correct horse batter', 'bob%correct horse battery', '']) {
      expect((await inquire(login)).out).not.toContain('Vendor:');
    }
    expect(target.errors).not.toContain('correct horse');
    await target.stop();
  });
});
