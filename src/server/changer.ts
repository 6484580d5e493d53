import type { Magazine } from '../media/magazine.ts';
import { type ElementName, elementsOf } from '../media/magazine-elements.ts';
import { type ItNexus, nexusKey } from '../sam/command.ts';
import { CommandTable } from '../sam/command-table.ts';
import {
  changerCapabilitiesPage, elementAddressPage, extendedCapabilitiesPage, transportGeometryPage,
} from '../wire/smc/mode-pages.ts';
import { VERSION_DESCRIPTORS } from '../wire/spc/inquiry.ts';
import {
  controlPage, disconnectReconnectPage, informationalExceptionsPage,
} from '../wire/spc/mode.ts';
import { ChangerElements, FIRST_ADDRESS } from './changer-elements.ts';
import { Device, type DeviceOptions } from './device.ts';
import type { Selection } from './element-status.ts';
import type { LogPage } from './log-sense.ts';
import { TypedModePage } from './mode-page.ts';
import { type ModeHost, ModeParameters } from './mode-parameters.ts';
import { invalidListField } from './parameter-data.ts';
import { Robot } from './robot.ts';
import type { TapeUnit } from './tape.ts';

const PRODUCT = { vendor: 'SRVFREE', name: 'CHANGER', revision: '1' };
const MEDIUM_CHANGER = 0x08;

export interface ChangerOptions extends DeviceOptions<ChangerUnit> {
  /** Stays open until `close`. */
  readonly magazine: Magazine;
  /** Its drives, in order, each with the cartridge that the magazine has in it. */
  readonly drives: readonly TapeUnit[];
}

/** What SEND VOLUME TAG has asked for. */
export interface TagSearch extends Pick<Selection, 'elementType' | 'start'> {
  readonly sendAction: number;
  readonly matches: (barcode: string) => boolean;
}

/** A media changer as a logical unit; its drives are logical units of their own. Source: SMC-3. */
export class ChangerUnit extends Device {
  readonly peripheralDeviceType = MEDIUM_CHANGER;
  readonly removable = true;
  readonly commandSetVersion = VERSION_DESCRIPTORS.smc3;
  readonly product = PRODUCT;
  readonly medium = undefined;
  readonly vpdPages = [];
  readonly robot: Robot;
  readonly elements: ChangerElements;
  readonly control = new TypedModePage(0x0a, controlPage, { busyTimeout: 0xffff }, ['dSense']);
  readonly modes: ModeParameters;
  readonly table: CommandTable;
  readonly #searches = new Map<string, TagSearch>();
  protected readonly nexusLossCondition = 'itNexusLoss';

  constructor(options: ChangerOptions) {
    const { magazine, drives } = options;
    super(magazine.identity, PRODUCT, options);
    this.robot = new Robot(magazine, drives);
    this.elements = new ChangerElements(magazine.layout);
    this.modes = new ModeParameters(MODE_HOST, [
      new TypedModePage(0x02, disconnectReconnectPage, {}, []),
      this.control,
      new TypedModePage(0x1c, informationalExceptionsPage, { dexcpt: true }, []),
      addressPage(magazine),
      new TypedModePage(0x1e, transportGeometryPage, {}, []),
      capabilitiesPage(magazine.layout.mailSlots > 0),
      extendedPage(magazine.layout.mailSlots > 0),
    ]);
    this.table = new CommandTable(options.commands(this));
  }

  override get logPages(): readonly LogPage[] {
    return [TAPE_ALERT];
  }

  /** Its inventory is always known. */
  notReady(): undefined {
    return undefined;
  }

  alone<T>(signal: AbortSignal, work: () => Promise<T> | T): Promise<T> {
    return this.robot.lock.run(signal, work);
  }

  /**
   * Looks again what is in the magazine; what an operator has put there comes in through a mail
   * slot, if one is free and not locked. All but `asker` are told of changes. Waits for its turn.
   */
  takeStock(signal: AbortSignal, asker?: ItNexus): Promise<void> {
    return this.alone(signal, () => this.#takeStock(asker));
  }

  async #takeStock(asker: ItNexus | undefined): Promise<void> {
    const { magazine } = this.robot;
    const mail = elementsOf(magazine.layout, 'mail');
    const { missing, added } = await this.robot.takeStock(
      this.prevention.isPrevented ? [] : [...mail, ...elementsOf(magazine.layout, 'slot')]);
    const isMail = (element: ElementName): boolean => mail.includes(element);
    const changed = [...missing, ...added];
    if (changed.some(isMail)) this.attentions.establish('importExportAccessed', asker);
    if (changed.some((element) => !isMail(element))) {
      this.attentions.establish('mediumMayHaveChanged', asker);
    }
  }

  /** Remembers what a nexus searches for, until it searches for something else. */
  search(nexus: ItNexus, search: TagSearch): void {
    this.#searches.set(nexusKey(nexus), search);
  }

  searchOf(nexus: ItNexus): TagSearch | undefined {
    return this.#searches.get(nexusKey(nexus));
  }

  override reset(): void {
    super.reset();
    this.#searches.clear();
  }

  override nexusLost(nexus: ItNexus): void {
    super.nexusLost(nexus);
    this.#searches.delete(nexusKey(nexus));
  }

  /** Closes what is in the drives, and the magazine; no command runs any more. */
  close(): Promise<void> {
    return this.robot.close();
  }
}

/** There are no block descriptors, and nothing in the header can be selected. */
const MODE_HOST: ModeHost = {
  hasPageZero: false,
  mediumType: () => 0,
  deviceSpecific: () => 0,
  blockDescriptor: () => new Uint8Array(0),
  acceptDeviceSpecific(value, at) {
    if (value !== 0) throw invalidListField(`Cannot select ${value}: a changer has no such`, at);
    return () => {};
  },
  acceptBlockDescriptor(_descriptor, at) {
    throw invalidListField('Cannot select a block descriptor: a changer has no blocks', at);
  },
};

const addressPage = ({ layout }: Magazine) => new TypedModePage(0x1d, elementAddressPage, {
  firstTransport: FIRST_ADDRESS.transport, transportCount: 1,
  firstStorage: FIRST_ADDRESS.slot, storageCount: layout.slots,
  firstImportExport: FIRST_ADDRESS.mail, importExportCount: layout.mailSlots,
  firstDataTransfer: FIRST_ADDRESS.drive, dataTransferCount: layout.drives,
}, []);

/** Everything but the transport keeps cartridges, and moves and exchanges with everything else. */
const capabilitiesPage = (ie: boolean) => new TypedModePage(0x1f, changerCapabilitiesPage, {
  storesDt: true, storesIe: ie, storesSt: true, tagReader: true, smc2: true,
  stToDt: true, stToIe: ie, stToSt: true, stWithDt: true, stWithIe: ie, stWithSt: true,
  ieToDt: ie, ieToIe: ie, ieToSt: ie, ieWithDt: ie, ieWithIe: ie, ieWithSt: ie,
  dtToDt: true, dtToIe: ie, dtToSt: true, dtWithDt: true, dtWithIe: ie, dtWithSt: true,
}, []);

/** People reach into mail slots and slots unless PREVENT locks both. */
const extendedPage = (ie: boolean) => new TypedModePage(0x411f, extendedCapabilitiesPage, {
  userCloses: ie, userOpens: ie, trueExchange: true, locksIe: ie, locksDoor: true,
}, []);

const FLAG_COUNT = 32;
/** TapeAlert of changers: nothing here is mechanical, so no flag is ever set. Source: SMC-3 7.2. */
const TAPE_ALERT: LogPage = {
  code: 0x2e,
  parameters: () => Array.from({ length: FLAG_COUNT },
    (_, i) => ({ code: i + 1, value: Uint8Array.of(0) })),
};
