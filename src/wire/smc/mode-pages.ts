/** Mode pages of media changers. Source: SMC-3 7.3. */
import { bit, bits, rest, u8, u16 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import { pageHead, subpageHead } from '../spc/mode.ts';

const first = (at: number, of: string) => u16(at, `FIRST ${of} ADDRESS`, { hex: true });
const count = (at: number, of: string) => u16(at, `NUMBER OF ${of}S`);

export const elementAddressPage = layout(
  { name: 'element address assignment mode page (1Dh)', source: 'SMC-3 7.3.4', size: 20 },
  {
    ...pageHead(0x1d, 0x12),
    firstTransport:    first(2, 'MEDIUM TRANSPORT ELEMENT'),
    transportCount:    count(4, 'MEDIUM TRANSPORT ELEMENT'),
    firstStorage:      first(6, 'STORAGE ELEMENT'),
    storageCount:      count(8, 'STORAGE ELEMENT'),
    firstImportExport: first(10, 'IMPORT/EXPORT ELEMENT'),
    importExportCount: count(12, 'IMPORT/EXPORT ELEMENT'),
    firstDataTransfer: first(14, 'DATA TRANSFER ELEMENT'),
    dataTransferCount: count(16, 'DATA TRANSFER ELEMENT'),
  },
);

/** A descriptor for each medium transport element; there is one at least. */
export const transportGeometryPage = layout(
  { name: 'transport geometry parameters mode page (1Eh)', source: 'SMC-3 7.3.5', size: 4 },
  {
    ...pageHead(0x1e, 0x02),
    pageLength: u8(1, 'PAGE LENGTH', { unit: 'bytes' }),
    rotate:     bit(2, 0, 'ROTATE', { meaning: 'can turn media over' }),
    member:     u8(3, 'MEMBER NUMBER IN TRANSPORT ELEMENT SET'),
    others:     rest(4, 'further transport geometry descriptors'),
  },
  [({ pageLength }, byteLength) => (pageLength === byteLength - 2 && pageLength % 2 === 0
    ? undefined : { field: 'pageLength', rule: 'length', severity: 'warning',
      message: `is ${pageLength}, ${byteLength - 2} bytes follow it` })],
);

/** How READ ATTRIBUTE and WRITE ATTRIBUTE reach media in elements of a kind. */
const attributes = (at: number, name: string) => bits(at, 7, 6, name);

/** Where media can be stored, moved to, and exchanged: from a kind of element, with a kind. */
export const changerCapabilitiesPage = layout(
  { name: 'device capabilities mode page (1Fh)', source: 'SMC-3 7.3.2', size: 20 },
  {
    ...pageHead(0x1f, 0x12),
    storesDt:  bit(2, 3, 'STORDT'), storesIe: bit(2, 2, 'STORI/E'),
    storesSt:  bit(2, 1, 'STORST'), storesMt: bit(2, 0, 'STORMT'),
    autoClean: bit(3, 2, 'ACE', { meaning: 'drives are cleaned unasked' }),
    tagReader: bit(3, 1, 'VTRP', { meaning: 'volume tags are read' }),
    smc2:      bit(3, 0, 'S2C', { meaning: 'the fields of SMC-2 are valid' }),
    mtRead: attributes(4, 'MT_RA'),
    mtToDt: bit(4, 3, 'MT TO DT'), mtToIe: bit(4, 2, 'MT TO I/E'),
    mtToSt: bit(4, 1, 'MT TO ST'), mtToMt: bit(4, 0, 'MT TO MT'),
    stRead: attributes(5, 'ST_RA'),
    stToDt: bit(5, 3, 'ST TO DT'), stToIe: bit(5, 2, 'ST TO I/E'),
    stToSt: bit(5, 1, 'ST TO ST'), stToMt: bit(5, 0, 'ST TO MT'),
    ieRead: attributes(6, 'I/E_RA'),
    ieToDt: bit(6, 3, 'I/E TO DT'), ieToIe: bit(6, 2, 'I/E TO I/E'),
    ieToSt: bit(6, 1, 'I/E TO ST'), ieToMt: bit(6, 0, 'I/E TO MT'),
    dtRead: attributes(7, 'DT_RA'),
    dtToDt: bit(7, 3, 'DT TO DT'), dtToIe: bit(7, 2, 'DT TO I/E'),
    dtToSt: bit(7, 1, 'DT TO ST'), dtToMt: bit(7, 0, 'DT TO MT'),
    mtWrite: attributes(12, 'MT_WA'),
    mtWithDt: bit(12, 3, 'MT WITH DT'), mtWithIe: bit(12, 2, 'MT WITH I/E'),
    mtWithSt: bit(12, 1, 'MT WITH ST'), mtWithMt: bit(12, 0, 'MT WITH MT'),
    stWrite: attributes(13, 'ST_WA'),
    stWithDt: bit(13, 3, 'ST WITH DT'), stWithIe: bit(13, 2, 'ST WITH I/E'),
    stWithSt: bit(13, 1, 'ST WITH ST'), stWithMt: bit(13, 0, 'ST WITH MT'),
    ieWrite: attributes(14, 'I/E_WA'),
    ieWithDt: bit(14, 3, 'I/E WITH DT'), ieWithIe: bit(14, 2, 'I/E WITH I/E'),
    ieWithSt: bit(14, 1, 'I/E WITH ST'), ieWithMt: bit(14, 0, 'I/E WITH MT'),
    dtWrite: attributes(15, 'DT_WA'),
    dtWithDt: bit(15, 3, 'DT WITH DT'), dtWithIe: bit(15, 2, 'DT WITH I/E'),
    dtWithSt: bit(15, 1, 'DT WITH ST'), dtWithMt: bit(15, 0, 'DT WITH MT'),
  },
);

/** How media get in and out, and what PREVENT ALLOW MEDIUM REMOVAL locks. */
export const extendedCapabilitiesPage = layout(
  { name: 'extended device capabilities mode page (1Fh/41h)', source: 'SMC-3 7.3.3', size: 20 },
  {
    ...subpageHead(0x1f, 0x41, 0x10),
    preventsMoves:      bit(4, 5, 'MVPRV', {
      meaning: 'a locked import/export element takes no media' }),
    moveCloses:         bit(4, 4, 'MVCL', {
      meaning: 'a move out of an import/export element closes it' }),
    moveOpens:          bit(4, 3, 'MVOP', {
      meaning: 'a move into an import/export element opens it' }),
    userCloses:         bit(4, 2, 'USRCL', { meaning: 'people can close import/export elements' }),
    userOpens:          bit(4, 1, 'USROP', { meaning: 'people can open import/export elements' }),
    ieState:            bit(4, 0, 'IEST', {
      meaning: 'whether import/export elements are open is reported' }),
    emptyOnAccess:      bit(5, 4, 'DTETA', { meaning: 'drives are empty while the door is open' }),
    returnsToSource:    bit(5, 3, 'RSSEA', { meaning: 'media go back to where they came from' }),
    trays:              bit(5, 2, 'MVTRY', { meaning: 'moves are of trays' }),
    ieMagazines:        bit(5, 1, 'IEMGZ', { meaning: 'import/export elements are in magazines' }),
    stMagazines:        bit(5, 0, 'SMGZ', { meaning: 'storage elements are in magazines' }),
    trueExchange:       bit(6, 2, 'TREXC', { meaning: 'two media are exchanged in one motion' }),
    locksIe:            bit(6, 1, 'LCKIE', { meaning: 'PREVENT locks import/export elements' }),
    locksDoor:          bit(6, 0, 'LCKD', { meaning: 'PREVENT locks the door' }),
    sourceEjects:       bit(7, 2, 'SPMER', {
      meaning: 'a drive must have ejected its medium before a move from it' }),
    destinationEjects:  bit(7, 1, 'DPMER', {
      meaning: 'a drive must have ejected its medium before a move to it' }),
    ejectsAtPosition:   bit(7, 0, 'PEPOS', {
      meaning: 'the transport must be in front of a drive that ejects' }),
    cleaningUnassigned: bit(8, 0, 'UCST', { meaning: 'cleaning media stand in no element' }),
  },
);
