import { beforeEach, describe, expect, it } from 'vitest';
import { readU16, readU24 } from '../../src/bytes/big-endian.ts';
import { Cartridge } from '../../src/media/cartridge.ts';
import { deferred } from '../../src/sam/deferred.ts';
import { matchesTemplate } from '../../src/server/volume-tags.ts';
import {
  dataTransferElement, elementIdentifier, importExportElement, storageElement, transportElement,
  volumeTag,
} from '../../src/wire/smc/element-status.ts';
import {
  changerCapabilitiesPage, elementAddressPage, extendedCapabilitiesPage,
} from '../../src/wire/smc/mode-pages.ts';
import { type Answer, ALICE, BOB, random, send, type Sent, told } from './device-fixture.ts';
import { type Library, makeLibrary } from './changer-fixture.ts';

const TEST_UNIT_READY = '00 00 00 00 00 00';
const PREVENT = '1e 00 00 00 01 00';
const ALLOW = '1e 00 00 00 00 00';
const INVENTORY = '07 00 00 00 00 00';
const [SLOT, MAIL, DRIVE, TRANSPORT] = [0x400, 0x10, 0x100, 1];
const NEXT_YEAR = 'XX0001L8';

const word = (value: number): string => value.toString(16).padStart(4, '0');
const move = (from: number, to: number, transport = 0): string =>
  `a5 00 ${word(transport)} ${word(from)} ${word(to)} 0000 00 00`;
const exchange = (from: number, first: number, second: number): string =>
  `a6 00 0000 ${word(from)} ${word(first)} ${word(second)} 00 00`;

let library: Library;
const changer = (cdb: string, sent: Sent = {}): Promise<Answer> =>
  send(library.changer, cdb, sent);
const drive = (index: number, cdb: string, sent: Sent = {}): Promise<Answer> =>
  send(library.drives[index]!, cdb, sent);
/** Barcodes by element name, as the magazine has them. */
const holds = (): Record<string, string> => Object.fromEntries(
  [...library.changer.robot.magazine.contents].map(([name, { barcode }]) => [name, barcode]));
/** FIELD POINTER of fixed format sense data, if SKSV says that it is one. */
const pointerOf = ({ rawSense }: Answer): number | undefined =>
  (rawSense === undefined || (rawSense[15]! & 0x80) === 0 ? undefined : readU16(rawSense, 16));

beforeEach(async () => {
  library = await makeLibrary();
});

interface Reported {
  readonly type: number;
  readonly flags: number;
  readonly descriptors: readonly Uint8Array[];
}

/** The pages of a status report, whose header must tell how long they are. */
function pagesOf(data: Uint8Array): Reported[] {
  expect(readU24(data, 5)).toBe(data.length - 8);
  const pages: Reported[] = [];
  for (let at = 8; at < data.length;) {
    const [length, bytes] = [readU16(data, at + 2), readU24(data, at + 5)];
    pages.push({
      type: data[at]!, flags: data[at + 1]!,
      descriptors: Array.from({ length: bytes / length }, (_, i) =>
        data.subarray(at + 8 + i * length, at + 8 + (i + 1) * length)),
    });
    at += 8 + bytes;
  }
  return pages;
}

const status = (type: number, start = 0, count = 0xffff, flags = 0x10, id = 0): string =>
  `b8 ${(flags | type).toString(16).padStart(2, '0')} ${word(start)} ${word(count)} `
  + `0${id} ffffff 00 00`;

describe('READ ELEMENT STATUS', () => {
  it('tells of slots, with tags and where their cartridges come from', async () => {
    await changer(move(SLOT, DRIVE));
    await changer(move(DRIVE, SLOT + 2));
    const { data } = await changer(status(2));
    expect([readU16(data, 0), readU16(data, 2)]).toEqual([SLOT, 4]);
    const [page] = pagesOf(data);
    expect(page).toMatchObject({ type: 2, flags: 0x80 });
    const slots = page!.descriptors.map((bytes) => storageElement.read(bytes));
    expect(slots.map(({ address, full, access }) => [address, full, access])).toEqual([
      [SLOT, false, true], [SLOT + 1, true, true], [SLOT + 2, true, true],
      [SLOT + 3, false, true]]);
    expect(slots[2]).toMatchObject({ sourceValid: true, source: SLOT, mediumType: 1 });
    expect(slots[1]).toMatchObject({ sourceValid: false });
    expect(page!.descriptors.map((bytes) => volumeTag.read(bytes, 12, 48).volume))
      .toEqual(['', 'A00002L8', 'A00001L8', '']);
    expect(page!.descriptors.map(({ length }) => length)).toEqual([52, 52, 52, 52]);
  });

  it('tells which tape drive an element is, by the names the drive gives itself', async () => {
    const [page] = pagesOf((await changer(status(4, DRIVE, 2, 0x10, 1))).data);
    const inquiry = Buffer.from((await drive(1, '12 00 00 00 60 00')).data);
    const serial = Buffer.from((await drive(1, '12 01 80 00 ff 00')).data.subarray(4));
    const identifier = elementIdentifier.read(page!.descriptors[1]!, 48);
    expect(identifier).toMatchObject({ codeSet: 2, type: 1 });
    expect(identifier.identifier).toBe(`${inquiry.subarray(8, 32)}${serial}`);
    expect(dataTransferElement.read(page!.descriptors[1]!)).toMatchObject(
      { address: DRIVE + 1, full: false, idValid: false, lunValid: false });
  });

  it('tells of all types in pages by address; only drives have identifiers', async () => {
    const pages = pagesOf((await changer(status(0, 0, 0xffff, 0, 1))).data);
    expect(pages.map(({ type, flags }) => [type, flags]))
      .toEqual([[1, 0], [3, 0], [4, 0], [2, 0]]);
    expect(pages.map(({ descriptors }) => descriptors[0]!.length)).toEqual([16, 16, 55, 16]);
    expect(transportElement.read(pages[0]!.descriptors[0]!))
      .toMatchObject({ address: TRANSPORT, full: false });
  });

  it('tells of the mail slot whether an operator has filled it', async () => {
    await Cartridge.create(library.files, random, '/lib/new', blank(NEXT_YEAR));
    await changer(INVENTORY);
    const mail = async () => importExportElement.read(
      pagesOf((await changer(status(3))).data)[0]!.descriptors[0]!);
    expect(await mail()).toMatchObject({ full: true, byOperator: true, importable: true,
      exportable: true, sourceValid: false });
    await changer(move(MAIL, SLOT + 3));
    await changer(move(SLOT, MAIL));
    expect(await mail()).toMatchObject({ full: true, byOperator: false, source: SLOT });
  });

  it('starts and ends where it is asked to', async () => {
    const addresses = async (cdb: string) => pagesOf((await changer(cdb)).data)
      .flatMap(({ descriptors }) => descriptors.map((bytes) => readU16(bytes, 0)));
    expect(await addresses(status(2, SLOT + 1, 2))).toEqual([SLOT + 1, SLOT + 2]);
    expect(await addresses(status(2, 0, 1))).toEqual([SLOT]);
    expect(await addresses(status(0, DRIVE + 1, 2))).toEqual([DRIVE + 1, SLOT]);
    expect(await addresses(status(2, 0, 0))).toEqual([]);
  });

  it('refuses a start behind all elements of the type', async () => {
    const answer = await changer(status(4, DRIVE + 2));
    expect([told(answer), pointerOf(answer)]).toEqual(['05/21/01', 2]);
    expect(told(await changer(status(0, SLOT + 4)))).toBe('05/21/01');
  });

  it('has nothing to tell of a type that there is not', async () => {
    library = await makeLibrary([], { slots: 1, mailSlots: 0, drives: 1 });
    expect((await changer(status(3))).data).toEqual(new Uint8Array(8));
  });

  it.each([
    [0, 0], [4, 4], [8, 8], [15, 8], [16, 16], [67, 16], [68, 68], [75, 68], [127, 76], [128, 128],
    [0xffff, 8 + 4 * 8 + 8 * 52],
  ])('has %i bytes of room for %i, and counts as if it had them all', async (room, sent) => {
    const whole = (await changer(status(0))).data;
    const cut = await changer(status(0).replace('ffffff', room.toString(16).padStart(6, '0')));
    expect(cut.data).toEqual(whole.subarray(0, sent));
  });

  it('tells of a cartridge that is written once, and of one with a torn label', async () => {
    const { files } = library;
    await Cartridge.create(files, random, '/lib/worm', { ...blank('W1'), worm: true });
    await Cartridge.create(files, random, '/lib/torn', blank('W2'));
    await files.replaceFile('/lib/torn/cartridge.json', Uint8Array.of(0x7b));
    await changer(INVENTORY);
    const [page] = pagesOf((await changer(status(2))).data);
    const slots = page!.descriptors.map((bytes) => storageElement.read(bytes));
    expect(slots.map(({ mediumType, except }) => [mediumType, except])).toEqual(
      [[1, false], [1, false], [4, false], [0, false]]);
    const mail = pagesOf((await changer(status(3))).data)[0]!.descriptors[0]!;
    expect(importExportElement.read(mail)).toMatchObject(
      { full: true, except: true, senseCode: 0x30, senseQualifier: 0x01, mediumType: 0 });
  });
});

const blank = (barcode: string) => ({ barcode, capacityBytes: 1 << 20 });

describe('MOVE MEDIUM', () => {
  it('loads a drive, whose initiators are told', async () => {
    expect(told(await drive(0, TEST_UNIT_READY))).toBe('02/3A/00');
    expect(told(await changer(move(SLOT, DRIVE)))).toBe('good');
    for (const nexus of [ALICE, BOB]) {
      expect(told(await drive(0, TEST_UNIT_READY, { nexus }))).toBe('06/28/00');
      expect(told(await drive(0, TEST_UNIT_READY, { nexus }))).toBe('good');
    }
    expect(holds()).toEqual({ drive0: 'A00001L8', slot2: 'A00002L8' });
  });

  it('unloads a drive that was not unloaded before, with what was written', async () => {
    await changer(move(SLOT, DRIVE));
    await drive(0, TEST_UNIT_READY);
    await drive(0, '0a 00 000003 00', { out: Uint8Array.of(1, 2, 3) });
    expect(told(await changer(move(DRIVE, SLOT + 3, TRANSPORT)))).toBe('good');
    expect(told(await drive(0, TEST_UNIT_READY))).toBe('02/3A/00');
    await changer(move(SLOT + 3, DRIVE + 1));
    await drive(1, TEST_UNIT_READY);
    expect((await drive(1, '08 00 000003 00')).data).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('takes the position of a tray, as mtx eepos sends it, for nothing', async () => {
    expect(told(await changer(move(SLOT, MAIL).replace(/00$/, 'c0')))).toBe('good');
    expect(told(await changer(move(MAIL, SLOT).replace(/00$/, '08')))).toBe('05/24/00');
  });

  it('takes a tape that was unloaded, too', async () => {
    await changer(move(SLOT, DRIVE));
    await drive(0, TEST_UNIT_READY);
    await drive(0, '1b 00 00 00 00 00');
    expect(told(await changer(move(DRIVE, SLOT)))).toBe('good');
  });

  it('does not move what is there already', async () => {
    expect(told(await changer(move(SLOT, SLOT)))).toBe('good');
    await changer(move(SLOT, DRIVE));
    await drive(0, TEST_UNIT_READY);
    expect(told(await changer(move(DRIVE, DRIVE)))).toBe('good');
    expect(told(await drive(0, TEST_UNIT_READY))).toBe('good');
  });

  it.each([
    ['an unknown source', move(0x99, DRIVE), '05/21/01', 4],
    ['an unknown destination', move(SLOT, SLOT + 4), '05/21/01', 6],
    ['the transport as destination', move(SLOT, TRANSPORT), '05/21/01', 6],
    ['a transport that is none', move(SLOT, DRIVE, SLOT), '05/21/01', 2],
    ['an unknown transport', move(SLOT, DRIVE, 2), '05/21/01', 2],
    ['an empty source', move(SLOT + 3, DRIVE), '05/3B/0E', undefined],
    ['an empty source that is its destination', move(DRIVE, DRIVE), '05/3B/0E', undefined],
    ['the transport as source', move(TRANSPORT, DRIVE), '05/3B/0E', undefined],
    ['a full destination', move(SLOT, SLOT + 1), '05/3B/0D', undefined],
    ['another side', 'a5 00 0000 0400 0100 0000 01 00', '05/24/00', 10],
  ])('refuses %s', async (_name, cdb, expected, pointer) => {
    const before = holds();
    const answer = await changer(cdb);
    expect([told(answer), pointerOf(answer)]).toEqual([expected, pointer]);
    expect(holds()).toEqual(before);
  });

  it('takes no tape whose removal is prevented, until it is allowed', async () => {
    await changer(move(SLOT, DRIVE));
    await drive(0, PREVENT, { nexus: BOB });
    await drive(0, PREVENT, { nexus: BOB });
    expect(told(await changer(move(DRIVE, SLOT)))).toBe('05/53/02');
    expect(told(await drive(0, ALLOW, { nexus: BOB }))).toBe('good');
    expect(told(await changer(move(DRIVE, SLOT)))).toBe('good');
  });

  it('takes no tape that a copy works on', async () => {
    await changer(move(SLOT, DRIVE));
    const done = deferred<void>();
    const copy = library.drives[0]!.exclusive(
      new AbortController().signal, () => done.promise);
    expect(told(await changer(move(DRIVE, SLOT)))).toBe('05/53/02');
    done.resolve();
    await copy;
    expect(told(await changer(move(DRIVE, SLOT)))).toBe('good');
  });

  it('waits for commands that use the drive, and finds what they have prevented', async () => {
    await changer(move(SLOT, DRIVE));
    const done = deferred<void>();
    const [unit] = library.drives;
    const busy = unit!.drive.lock.run(new AbortController().signal, () => done.promise);
    const moving = changer(move(DRIVE, SLOT));
    unit!.prevention.prevent(BOB);
    done.resolve();
    await busy;
    expect(told(await moving)).toBe('05/53/02');
  });

  it('gives up when it is aborted while it waits', async () => {
    await changer(move(SLOT, DRIVE));
    const done = deferred<void>();
    const busy = library.drives[0]!.drive.lock.run(
      new AbortController().signal, () => done.promise);
    const abort = new AbortController();
    const moving = changer(move(DRIVE, SLOT), { signal: abort.signal });
    abort.abort();
    expect((await moving).status).toBe('taskAborted');
    done.resolve();
    await busy;
    expect(holds()).toMatchObject({ drive0: 'A00001L8' });
  });

  it('leaves a cartridge where it is that somebody else has open', async () => {
    const open = await Cartridge.open(library.files, random, '/lib/A00001L8');
    expect(told(await changer(move(SLOT, DRIVE)))).toBe('04/53/00');
    expect(told(await drive(0, TEST_UNIT_READY))).toBe('02/3A/00');
    await open.close();
    expect(told(await changer(move(SLOT, DRIVE)))).toBe('good');
  });

  it('leaves everything where it was when the move cannot be kept', async () => {
    await changer(move(SLOT, DRIVE));
    const { magazine } = library.changer.robot;
    const files = library.files as { replaceFile: unknown };
    const { replaceFile } = library.files;
    const { FileError } = await import('../../src/ports/files.ts');
    files.replaceFile = async (path: string, bytes: Uint8Array) => {
      if (!path.endsWith('magazine.json')) return replaceFile.call(library.files, path, bytes);
      throw new FileError('ENOSPC', path, `Cannot write ${path}: no space left`);
    };
    expect(told(await changer(move(DRIVE, SLOT)))).toBe('04/15/01');
    expect(told(await changer(move(SLOT + 1, DRIVE + 1)))).toBe('04/15/01');
    files.replaceFile = replaceFile;
    expect([...magazine.contents.keys()].sort()).toEqual(['drive0', 'slot2']);
    expect(told(await changer(move(DRIVE, SLOT)))).toBe('good');
    expect(told(await changer(move(SLOT + 1, DRIVE + 1)))).toBe('good');
  });
});

describe('EXCHANGE MEDIUM', () => {
  it('changes the tape in a drive', async () => {
    await changer(move(SLOT, DRIVE));
    for (const nexus of [ALICE, BOB]) await drive(0, TEST_UNIT_READY, { nexus });
    expect(told(await changer(exchange(SLOT + 1, DRIVE, SLOT)))).toBe('good');
    expect(holds()).toEqual({ drive0: 'A00002L8', slot1: 'A00001L8' });
    expect(told(await drive(0, TEST_UNIT_READY))).toBe('06/28/00');
    expect(library.drives[0]!.drive.cartridge?.label.barcode).toBe('A00002L8');
  });

  it('swaps the tapes of two drives', async () => {
    await changer(move(SLOT, DRIVE));
    await changer(move(SLOT + 1, DRIVE + 1));
    expect(told(await changer(exchange(DRIVE, DRIVE + 1, DRIVE)))).toBe('good');
    expect(library.drives.map((unit) => unit.drive.cartridge?.label.barcode))
      .toEqual(['A00002L8', 'A00001L8']);
  });

  it.each([
    ['an empty source', exchange(SLOT + 3, SLOT, SLOT + 2), '05/3B/0E'],
    ['an empty first destination', exchange(SLOT, DRIVE, SLOT), '05/3B/0E'],
    ['a full second destination', exchange(SLOT, SLOT + 1, SLOT + 2), '05/3B/0D'],
    ['one element twice', exchange(SLOT, SLOT + 1, SLOT + 1), '05/21/01'],
    ['an element with itself', exchange(SLOT, SLOT, SLOT + 3), '05/21/01'],
    ['an unknown element', exchange(SLOT, SLOT + 1, 0x99), '05/21/01'],
    ['another side', 'a6 00 0000 0400 0401 0400 02 00', '05/24/00'],
  ])('refuses %s', async (_name, cdb, expected) => {
    await Cartridge.create(library.files, random, '/lib/third', blank('A00003L8'));
    await changer(INVENTORY);
    await changer(move(MAIL, SLOT + 2));
    const before = holds();
    expect(told(await changer(cdb))).toBe(expected);
    expect(holds()).toEqual(before);
  });
});

describe('what an operator does', () => {
  const insert = (name: string): Promise<void> =>
    Cartridge.create(library.files, random, `/lib/${name}`, blank(name));

  it('comes through the mail slot, then into slots; others are told', async () => {
    await insert('B1');
    expect(told(await changer(INVENTORY))).toBe('good');
    expect(holds()).toMatchObject({ mail1: 'B1' });
    expect(told(await changer(TEST_UNIT_READY, { nexus: BOB }))).toBe('06/28/01');
    expect(told(await changer(TEST_UNIT_READY))).toBe('good');
    await insert('B2');
    expect(told(await changer('37 00 0000 0000 0000 00 00'))).toBe('good');
    expect(holds()).toMatchObject({ slot3: 'B2' });
    expect(told(await changer(TEST_UNIT_READY, { nexus: BOB }))).toBe('06/28/00');
  });

  it('is not seen while the door is locked', async () => {
    await changer(PREVENT);
    await insert('B1');
    await changer(INVENTORY);
    expect(holds()).not.toHaveProperty('mail1');
    expect(told(await changer('1b 00 0010 00 00'))).toBe('05/53/02');
    await changer(ALLOW);
    expect(told(await changer('1b 00 0010 00 00'))).toBe('good');
    expect(told(await changer('1b 00 0010 01 00'))).toBe('good');
    expect(holds()).toMatchObject({ mail1: 'B1' });
  });

  it.each([
    ['1b 00 0400 00 00', '05/21/01'], ['1b 00 0099 00 00', '05/21/01'],
    ['37 01 0099 0000 0001 00 00', '05/21/01'], ['e7 01 0400 0000 0001 00 00', 'good'],
    ['2b 00 0000 0401 0000 00 00', 'good'], ['2b 00 0001 0001 0000 00 00', 'good'],
    ['2b 00 0000 0099 0000 00 00', '05/21/01'], ['2b 00 0400 0400 0000 00 00', '05/21/01'],
    ['2b 00 0000 0401 0000 01 00', '05/24/00'], ['01 00 0000 00 00', 'good'],
  ])('%s ends with %s', async (cdb, expected) => {
    expect(told(await changer(cdb))).toBe(expected);
  });
});

describe('volume tags', () => {
  const ask = (template: string, action: number, minimum = 0): Promise<Answer> => {
    const out = new Uint8Array(40).fill(0x20, 0, 32);
    out.set(new TextEncoder().encode(template));
    out[35] = minimum;
    out[39] = 0xff;
    return changer(`b6 00 0000 00 0${action} 0000 0028 00 00`, { out });
  };
  const found = async (cdb = 'b5 10 0000 ffff 00 00ffff 00 00'): Promise<number[]> =>
    pagesOf((await changer(cdb)).data)
      .flatMap(({ descriptors }) => descriptors.map((bytes) => readU16(bytes, 0)));

  it.each([
    ['A*', 5, [DRIVE, SLOT + 1]], ['A0000?L8', 0, [DRIVE, SLOT + 1]],
    ['A00002L8', 4, [SLOT + 1]], ['*9', 5, []], ['A*', 6, []], ['A*', 2, []],
  ])('%s with action %i are found in the right elements', async (template, action, expected) => {
    await changer(move(SLOT, DRIVE));
    expect(told(await ask(template, action))).toBe('good');
    expect(await found()).toEqual(expected);
  });

  it('are found where both commands ask for, and by their sequence numbers', async () => {
    await ask('*', 5);
    expect(await found('b5 10 0401 0001 00 00ffff 00 00')).toEqual([SLOT + 1]);
    expect(await found('b5 14 0000 ffff 00 00ffff 00 00')).toEqual([]);
    await ask('*', 1, 1);
    expect(await found()).toEqual([]);
    await ask('*', 5, 1);
    expect((await changer('b5 00 0000 ffff 00 00ffff 00 00')).data[4]).toBe(5);
    expect(await found()).toEqual([SLOT, SLOT + 1]);
  });

  it('are searched for by each initiator, and not before it has said what for', async () => {
    await ask('*', 5);
    const cdb = 'b5 10 0000 ffff 00 00ffff 00 00';
    expect(told(await changer(cdb, { nexus: BOB }))).toBe('05/2C/00');
    library.changer.nexusLost(ALICE);
    await changer(TEST_UNIT_READY);
    expect(told(await changer(cdb))).toBe('05/2C/00');
  });

  it.each([
    ['', '', true], ['*', '', true], ['', 'A', false], ['?', 'A', true], ['A', '', false],
    ['*B*', 'ABC', true], ['*B', 'ABC', false], ['A?C', 'ABC', true], ['*?', 'A', true],
    ['*AB', 'AAB', true], ['*A*B?', 'XAYBZ', true], ['A*A', 'A', false],
  ])('template "%s" and tag "%s": %s', (template, tag, expected) => {
    expect(matchesTemplate(template, tag)).toBe(expected);
  });

  it('are compared in little time, whatever the template', () => {
    expect(matchesTemplate('*A'.repeat(16), `${'A'.repeat(31)}B`)).toBe(false);
  });
});

describe('a changer as a device', () => {
  it('says what it is', async () => {
    const { data } = await changer('12 00 00 00 60 00');
    expect([...data.subarray(0, 2)]).toEqual([0x08, 0x80]);
    expect(Buffer.from(data.subarray(64, 66)).toString('hex')).toBe('0480');
    expect(told(await changer('12 01 83 00 ff 00'))).toBe('good');
    expect(told(await changer('4d 00 6e 00 00 00 00 00 ff 00'))).toBe('good');
  });

  it('has the mode pages that tell its elements', async () => {
    const { data } = await changer('1a 08 1d 00 88 00');
    expect(data).toHaveLength(24);
    expect(elementAddressPage.read(data, 4)).toMatchObject({
      firstTransport: 1, transportCount: 1, firstStorage: SLOT, storageCount: 4,
      firstImportExport: MAIL, importExportCount: 1, firstDataTransfer: DRIVE,
      dataTransferCount: 2 });
    expect((await changer('1a 00 1d 00 88 00')).data).toEqual(data);
    const capabilities = (await changer('5a 00 1f 00 00 00 00 00 ff 00')).data;
    expect(changerCapabilitiesPage.read(capabilities, 8)).toMatchObject(
      { storesMt: false, storesIe: true, stToDt: true, dtWithSt: true, mtToDt: false });
    const extended = (await changer('5a 00 1f 41 00 00 00 00 ff 00')).data;
    expect(extendedCapabilitiesPage.read(extended, 8)).toMatchObject(
      { locksIe: true, preventsMoves: false, trueExchange: true, sourceEjects: false });
    expect([...(await changer('1a 00 1e 00 ff 00')).data.subarray(4)]).toEqual([0x1e, 2, 0, 0]);
    expect((await changer('1a 00 3f 00 ff 00')).data.length).toBe(4 + 16 + 12 + 12 + 20 + 4 + 20);
  });

  it('lets nobody select other addresses', async () => {
    const out = (await changer('1a 08 1d 00 88 00')).data.slice();
    out[0] = 0;
    expect(told(await changer('15 10 00 00 18 00', { out }))).toBe('good');
    out[4 + 7] = 9;
    expect(told(await changer('15 10 00 00 18 00', { out }))).toBe('05/26/00');
    const withBlocks = Uint8Array.of(0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0);
    expect(told(await changer('15 10 00 00 0c 00', { out: withBlocks }))).toBe('05/26/00');
  });

  it.each([
    ['MODE SENSE(6)', '1a 60 1d 00 ff 00'], ['INITIALIZE ELEMENT STATUS', '07 60 00 00 00 00'],
    ['READ ELEMENT STATUS', 'b8 74 0100 0001 00 0000ff 00 00'],
    ['MOVE MEDIUM', 'a5 60 0001 0400 0100 0000 00 00'],
  ])('takes %s with a LUN in the CDB, as Linux ch sends it', async (_name, cdb) => {
    expect(told(await changer(cdb))).toBe('good');
  });

  it.each([
    ['a drive\'s', 0, '1a 60 1d 00 ff 00'], ['its own', undefined, '12 60 00 00 60 00'],
  ])('refuses it in other commands: %s', async (_name, index, cdb) => {
    const unit = index === undefined ? library.changer : library.drives[index]!;
    expect(told(await send(unit, cdb))).toBe('05/24/00');
  });

  it('moves nothing for others while it is reserved, but tells its status', async () => {
    await changer('16 00 00 00 00 00');
    const asBob = async (cdb: string) => told(await changer(cdb, { nexus: BOB }));
    expect(await asBob(move(SLOT, DRIVE))).toBe('reservationConflict');
    expect(await asBob(INVENTORY)).toBe('reservationConflict');
    expect(await asBob(status(2))).toBe('reservationConflict');
    expect(await asBob(status(2, 0, 0xffff, 0x10, 2))).toBe('good');
    await changer('17 00 00 00 00 00');
    expect(await asBob(move(SLOT, DRIVE))).toBe('good');
  });

  it('moves nothing for others under a persistent reservation', async () => {
    const out = new Uint8Array(24);
    out[15] = 7;
    expect(told(await changer('5f 00 00 0000 00000018 00', { out }))).toBe('good');
    const key = new Uint8Array(24);
    key[7] = 7;
    expect(told(await changer('5f 01 01 0000 00000018 00', { out: key }))).toBe('good');
    expect(told(await changer(move(SLOT, DRIVE), { nexus: BOB }))).toBe('reservationConflict');
    expect(told(await changer(status(2), { nexus: BOB }))).toBe('good');
    expect(told(await changer(move(SLOT, DRIVE)))).toBe('good');
  });
});
