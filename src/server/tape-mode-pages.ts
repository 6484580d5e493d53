/** Mode pages of a tape drive, some of whose fields tell of the tape. Source: SSC-4 8.3. */
import { PARTITION_BYTES_MIN } from '../media/cartridge-label.ts';
import type { Fields, FieldsValue, Layout } from '../codec/layout.ts';
import type { UnitAttentions } from '../sam/unit-attention.ts';
import type { AdditionalSense } from '../sense/codes.ts';
import { informationalExceptionsPage } from '../wire/spc/mode.ts';
import {
  deviceConfigurationExtensionPage, deviceConfigurationPage, mediumConfigurationPage,
  mediumPartitionPage,
} from '../wire/ssc/mode-pages.ts';
import { type ModePage, PAGE_CONTROL, TypedModePage } from './mode-page.ts';
import { invalidListField } from './parameter-data.ts';
import type { TapeDrive } from './tape-drive.ts';

/** A page some of whose fields are the tape's: they are told, and cannot be selected. */
class LivePage<F extends Fields> extends TypedModePage<F> {
  readonly #layout: Layout<F>;
  readonly #live: () => Partial<FieldsValue<F>>;

  constructor(
    code: number, layout: Layout<F>, defaults: Partial<FieldsValue<F>>,
    changeable: readonly (keyof F)[], live: () => Partial<FieldsValue<F>>) {
    super(code, layout, defaults, changeable);
    this.#layout = layout;
    this.#live = live;
  }

  override bytes(pageControl: number): Uint8Array {
    const bytes = super.bytes(pageControl);
    if (pageControl !== PAGE_CONTROL.current) return bytes;
    return this.#layout.encode({ ...this.#layout.read(bytes), ...this.#live() });
  }

  /** What was saved with another tape in the drive told of that one. */
  override load(saved: Uint8Array): void {
    const changeable = super.bytes(PAGE_CONTROL.changeable);
    const kept = super.bytes(PAGE_CONTROL.current);
    if (saved.length !== kept.length) return;
    super.load(kept.map((byte, i) => (i < 2 ? byte
      : (byte & ~changeable[i]!) | (saved[i]! & changeable[i]!))));
  }

  /** What comes back as it was told is as the page keeps it. */
  override accept(bytes: Uint8Array, at: number): () => void {
    const told = this.bytes(PAGE_CONTROL.current);
    const kept = super.bytes(PAGE_CONTROL.current);
    if (bytes.length !== told.length) return super.accept(bytes, at);
    return super.accept(bytes.map((byte, i) => byte ^ told[i]! ^ kept[i]!), at);
  }
}

const PSUM_BYTES = [1, 1e3, 1e6] as const;
const REST = 0xffff;

type Partitions = FieldsValue<(typeof mediumPartitionPage)['fields']>;

/**
 * The medium partition page: what the tape has until another layout is selected, which FORMAT
 * MEDIUM then makes.
 */
export class PartitionPage extends TypedModePage<(typeof mediumPartitionPage)['fields']> {
  readonly #drive: TapeDrive;
  /** The cartridge for which a layout was selected. */
  #selectedFor: unknown;

  constructor(drive: TapeDrive) {
    super(0x11, mediumPartitionPage,
      { maximumAdditional: 1, pofm: true, formatRecognition: 3, psum: 3, units: 9 },
      ['additional', 'fdp', 'sdp', 'idp', 'psum', 'clear', 'addp', 'partitioningType', 'units',
        'size0', 'size1']);
    this.#drive = drive;
  }

  get #isSelected(): boolean {
    return this.#drive.cartridge !== undefined && this.#selectedFor === this.#drive.cartridge;
  }

  override bytes(pageControl: number): Uint8Array {
    const bytes = super.bytes(pageControl);
    if (pageControl !== PAGE_CONTROL.current || this.#isSelected) return bytes;
    return mediumPartitionPage.encode({ ...mediumPartitionPage.read(bytes), ...this.#onTape() });
  }

  /** In the smallest unit, a power of ten, in which all sizes fit. */
  #onTape(): Partial<Partitions> {
    const sizes = this.#drive.cartridge?.label.partitionBytes ?? [];
    let units = 0;
    while (sizes.some((size) => Math.ceil(size / 10 ** units) >= REST)) units += 1;
    const inUnits = (size = 0): number => Math.ceil(size / 10 ** units);
    return {
      additional: Math.max(0, sizes.length - 1), idp: sizes.length > 1, psum: 3, units,
      size0: inUnits(sizes[0]), size1: inUnits(sizes[1]) };
  }

  override accept(bytes: Uint8Array, at: number): () => void {
    const change = super.accept(bytes, at);
    const wanted = mediumPartitionPage.read(Uint8Array.of(bytes[0]! & 0x7f, ...bytes.subarray(1)));
    if (wanted.additional > 1) {
      throw invalidListField(`Cannot make ${wanted.additional} additional partitions: the drive `
        + 'makes 1', at + 3);
    }
    const { cartridge } = this.#drive;
    if (cartridge !== undefined) sizesOf(wanted, cartridge.label.capacityBytes, at);
    return () => {
      change();
      this.#selectedFor = this.#drive.cartridge;
    };
  }

  /** Bytes of each partition that FORMAT MEDIUM makes by this page. Throws: SenseError. */
  wantedBytes(capacityBytes: number): number[] {
    return sizesOf(mediumPartitionPage.read(this.bytes(PAGE_CONTROL.current)), capacityBytes, 0);
  }

  /** What was selected has been made. */
  formatted(): void {
    this.#selectedFor = undefined;
  }

  /** It tells of the tape, or of what the next FORMAT MEDIUM makes: nothing of the drive. */
  override get isSavable(): boolean {
    return false;
  }

  override restore(): void {
    super.restore();
    this.#selectedFor = undefined;
  }
}

/** Sizes that the drive chooses are halves; the last partition gets what another does not ask. */
function sizesOf(page: Partitions, capacityBytes: number, at: number): number[] {
  if (page.additional === 0) return [capacityBytes];
  const half = Math.floor(capacityBytes / 2);
  if (!page.idp) return [half, capacityBytes - half];
  const unit = PSUM_BYTES[page.psum] ?? 10 ** page.units;
  const given = [page.size0, page.size1];
  const asked = given.map((size) => (size === REST ? 0 : size * unit));
  const left = capacityBytes - asked[0]! - asked[1]!;
  const sizes = given.map((size, i) => (size === REST ? left : asked[i]!));
  if (given[0] === REST && given[1] === REST) sizes.fill(half);
  // A tape whose size is no whole number of units is told rounded up.
  const rounding = sizes.reduce((sum, size) => sum + size, 0) - capacityBytes;
  if (rounding > 0 && rounding < 2 * unit) sizes[1]! -= rounding;
  if (rounding < 2 * unit && sizes.every((size) => size >= PARTITION_BYTES_MIN)) return sizes;
  throw invalidListField(`Cannot make partitions of ${sizes.join(' and ')} bytes: the tape has `
    + `${capacityBytes}, a partition at least ${PARTITION_BYTES_MIN}`, at + 8);
}

export const deviceConfiguration = (drive: TapeDrive): ModePage => new LivePage(
  0x10, deviceConfigurationPage, { lois: true, eeg: true, sew: true },
  ['writeDelay', 'selectCompression'], () => ({ activePartition: drive.partition }));

/** Programmable early warning and append-only mode. */
export class DeviceConfigurationExtension
  extends TypedModePage<(typeof deviceConfigurationExtensionPage)['fields']> {
  readonly #drive: TapeDrive;

  constructor(drive: TapeDrive) {
    super(0x0110, deviceConfigurationExtensionPage, {}, ['writeMode', 'pews']);
    this.#drive = drive;
  }

  override accept(bytes: Uint8Array, at: number): () => void {
    const change = super.accept(bytes, at);
    return () => {
      change();
      this.#tellDrive();
    };
  }

  override restore(): void {
    super.restore();
    this.#tellDrive();
  }

  #tellDrive(): void {
    const { writeMode, pews } = this.value;
    this.#drive.guard.appendOnly = writeMode === 1;
    this.#drive.guard.warningMb = pews;
  }
}

/** MRIE: exceptions are not told, or each is a unit attention. Source: SPC-4 7.5.11. */
const METHOD = { none: 0, unitAttention: 2 } as const;

/** What is told of TapeAlert flags beside the log: by default nothing. */
export class ExceptionsPage
  extends TypedModePage<(typeof informationalExceptionsPage)['fields']> {
  readonly #attentions: UnitAttentions;

  constructor(attentions: UnitAttentions) {
    super(0x1c, informationalExceptionsPage, { dexcpt: true }, ['dexcpt', 'test', 'method']);
    this.#attentions = attentions;
  }

  override accept(bytes: Uint8Array, at: number): () => void {
    const change = super.accept(bytes, at);
    const { method, dexcpt, test } = informationalExceptionsPage.read(
      Uint8Array.of(bytes[0]! & 0x7f, ...bytes.subarray(1)));
    if (method !== METHOD.none && method !== METHOD.unitAttention) {
      throw invalidListField(`Cannot report exceptions by method ${method}`, at + 3, 3);
    }
    if (test && dexcpt) {
      throw invalidListField('Cannot test exceptions that are not reported', at + 2, 2);
    }
    return () => {
      change();
      if (test) this.#tell('failurePredictionTest');
    };
  }

  /** A flag was set. */
  raised(): void {
    this.#tell('failurePredictionThresholdExceeded');
  }

  #tell(condition: AdditionalSense): void {
    const { method, dexcpt } = this.value;
    if (!dexcpt && method === METHOD.unitAttention) this.#attentions.establish(condition);
  }
}

/** How WORM media are used: filemarks at the end of data may be written over, labels may not. */
const WORM_LABELS = 0x01;
const WORM_FILEMARKS = 0x02;

export const mediumConfiguration = (drive: TapeDrive): ModePage => new LivePage(
  0x1d, mediumConfigurationPage, {}, [], () => (drive.cartridge?.label.worm === true
    ? { wormM: true, wormLabels: WORM_LABELS, wormFilemarks: WORM_FILEMARKS } : {}));
