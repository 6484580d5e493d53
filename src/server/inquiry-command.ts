import type { CommandEntry } from '../sam/command-table.ts';
import { entry } from '../sam/command-table.ts';
import { inquiryCdb } from '../wire/spc/cdbs.ts';
import { inquiryVersions, standardInquiry, VERSION_DESCRIPTORS } from '../wire/spc/inquiry.ts';
import type { Device } from './device.ts';
import { parameterData } from './parameter-data.ts';
import { THIRD_PARTY_COPY_PAGE, vpdPageBytes } from './vpd-pages.ts';

const SPC_4 = 6;

export const inquiryCommand = (device: Device): CommandEntry => entry({
  opcode: 0x12, name: 'INQUIRY', source: 'SPC-4 6.6', cdb: inquiryCdb, whenReserved: 'allow',
  ignoresUnitAttention: true,
  run: (_unit, _command, { evpd, pageCode, allocationLength }) =>
    parameterData(
      evpd ? vpdPageBytes(device, pageCode) : standardData(device), allocationLength),
});

function standardData(device: Device): Uint8Array {
  const { sam5, iscsi, spc4 } = VERSION_DESCRIPTORS;
  const additional = inquiryVersions.encode({
    version1: sam5, version2: iscsi, version3: spc4, version4: device.commandSetVersion,
    version5: 0, version6: 0, version7: 0, version8: 0 });
  return standardInquiry.encode({
    qualifier: 0, deviceType: device.peripheralDeviceType, rmb: device.removable, version: SPC_4,
    normAca: false, hiSup: true, dataFormat: 2,
    additionalLength: standardInquiry.size + additional.length - 5,
    sccs: false, acc: false, tpgs: 0,
    thirdPartyCopy: device.extraVpdPages.some(({ code }) => code === THIRD_PARTY_COPY_PAGE),
    protect: false, encServ: false, multiP: false, cmdQue: true,
    vendor: device.product.vendor, product: device.product.name,
    revision: device.product.revision, additional,
  });
}
