import { expect, it } from 'vitest';
import { Cartridge } from '../../src/media/cartridge.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { makeCartridge, random } from '../server/device-fixture.ts';

const GIB = 1024 ** 3;

/** What another process would find in the label. */
async function kept(files: ReturnType<typeof memoryFiles>): Promise<unknown> {
  const file = await files.open('/tape/cartridge.json', 'read');
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, 0);
  await file.close();
  const label: { readonly usage: unknown } = JSON.parse(Buffer.from(bytes).toString());
  return label.usage;
}

it('tells at once what a cartridge went through, and keeps it when it is closed', async () => {
  const files = memoryFiles();
  const cartridge = await makeCartridge(files, '/tape');
  const drive = { vendor: 'V', serialNumber: 'S' };
  cartridge.noteLoad(drive);
  cartridge.addUsage({ readBytes: 10 });
  cartridge.addUsage({ writtenBytes: 5 });
  const usage = { loads: 1, formats: 0, writtenBytes: 5, readBytes: 10, drives: [drive] };
  expect(cartridge.label.usage).toEqual(usage);
  expect(await kept(files)).toMatchObject({ loads: 0, writtenBytes: 0, readBytes: 0 });
  await cartridge.close();
  const again = await Cartridge.open(files, random, '/tape');
  expect(again.label.usage).toEqual(usage);
  await again.close();
});

it('keeps it with the label, when it is told to, and once much was moved', async () => {
  const files = memoryFiles();
  const cartridge = await makeCartridge(files, '/tape');
  cartridge.noteLoad({ vendor: 'V', serialNumber: 'S' });
  await cartridge.setAttributes([{ id: 0x0801, format: 'ascii', value: Uint8Array.of(65) }]);
  expect(await kept(files)).toMatchObject({ loads: 1, readBytes: 0 });
  cartridge.addUsage({ readBytes: 7 });
  await cartridge.sync();
  expect(await kept(files)).toMatchObject({ readBytes: 0 });
  await cartridge.keepUsage();
  expect(await kept(files)).toMatchObject({ readBytes: 7 });
  cartridge.addUsage({ readBytes: GIB });
  await cartridge.sync();
  expect(await kept(files)).toMatchObject({ readBytes: GIB + 7 });
  await cartridge.close();
});
