/** A changer by the command line: `serverfree target --changer`, `serverfree magazine`. */
import { expect, it } from 'vitest';
import { ADDRESS, ChangerClient } from '../support/e2e-changer.ts';
import { Client } from '../support/e2e-client.ts';
import { E2eFolder } from '../support/e2e-folder.ts';
import { serverfree } from '../support/e2e-program.ts';

const folder = new E2eFolder();
const { slot: SLOT, drive: DRIVE } = ADDRESS;

it('presents a changer, then its drives, and keeps moves over a kill', async () => {
  const library = folder.file('lib');
  const start = () => folder.target(
    '--changer', `lib=${library},drives=2,slots=5,cartridges=3,capacity=4M`,
    '--tape', `other=${folder.file('tape')},capacity=4M`);
  const first = await start();
  expect(first.luns).toEqual([
    { lun: 0, type: 'changer', name: 'lib', path: library },
    { lun: 1, type: 'tape', name: 'lib-drive0', path: null, changer: 'lib' },
    { lun: 2, type: 'tape', name: 'lib-drive1', path: null, changer: 'lib' },
    { lun: 3, type: 'tape', name: 'other', path: folder.file('tape') }]);
  const client = new Client(`iscsi://${first.portal}/${first.iqn}`);
  const changer = new ChangerClient(client, 0);
  expect(await changer.move(SLOT + 2, DRIVE + 1)).toMatchObject({ told: 'good' });
  await first.kill();
  await client.close().catch(() => {}); // its target is gone
  expect(await serverfree('magazine', 'show', library)).toMatchObject({
    status: 0, out: expect.stringMatching(/^drive1 +LI0003L8 .*from slot3$/m) });
  expect(await serverfree('magazine', 'move', library, 'drive1', 'slot5'))
    .toMatchObject({ status: 0 });
  const second = await start();
  const again = new Client(`iscsi://${second.portal}/${second.iqn}`);
  expect((await new ChangerClient(again, 0).holdings()).get(SLOT + 4))
    .toMatchObject({ barcode: 'LI0003L8' });
  expect(await serverfree('magazine', 'show', library)).toMatchObject({
    status: 1, errors: expect.stringContaining('it is in use') });
  await again.close();
});

it('refuses a unit that has the name of a drive', async () => {
  expect(await serverfree('target', '--changer', `lib=${folder.file('lib')}`,
    '--disk', `lib-drive0=${folder.file('disk')},size=1M`)).toMatchObject({
    status: 2, errors: expect.stringContaining('name lib-drive0 is given twice') });
});
