/**
 * Names of interfaces that are often met. UUIDs are from the specification named beside each.
 */
import { encodeHex } from "../../flow-context.js";

const NAMES: ReadonlyMap<string, string> = new Map([
  // C706 appendix O and MS-RPCE §1.9.
  ["e1af8308-5d1f-11c9-91a4-08002b14a0fa", "epmapper"],
  ["afa8bd80-7d8a-11c9-bef4-08002b102989", "management"],
  // MS-DCOM §1.9.
  ["99fcfec4-5260-101b-bbcb-00aa0021347a", "IObjectExporter"],
  ["000001a0-0000-0000-c000-000000000046", "IRemoteSCMActivator"],
  ["4d9f4ab8-7d1c-11cf-861e-0020af6e7c57", "IActivation"],
  ["00000131-0000-0000-c000-000000000046", "IRemUnknown"],
  ["00000143-0000-0000-c000-000000000046", "IRemUnknown2"],
  ["00000000-0000-0000-c000-000000000046", "IUnknown"],
  // MS-SAMR, MS-LSAD, MS-NRPC, MS-DRSR: accounts, policy, logon, directory replication.
  ["12345778-1234-abcd-ef00-0123456789ac", "samr"],
  ["12345778-1234-abcd-ef00-0123456789ab", "lsarpc"],
  ["12345678-1234-abcd-ef00-01234567cffb", "netlogon"],
  ["e3514235-4b06-11d1-ab04-00c04fc2dcd2", "drsuapi"],
  ["3919286a-b10c-11d0-9ba8-00c04fd92ef5", "dssetup"],
  // MS-SRVS, MS-WKST, MS-SCMR, MS-RRP, MS-TSCH, MS-EVEN, MS-EVEN6.
  ["4b324fc8-1670-01d3-1278-5a47bf6ee188", "srvsvc"],
  ["6bffd098-a112-3610-9833-46c3f87e345a", "wkssvc"],
  ["367abb81-9844-35f1-ad32-98f038001003", "svcctl"],
  ["338cd001-2244-31f1-aaaa-900038001003", "winreg"],
  ["1ff70682-0a51-30e8-076d-740be8cee98b", "atsvc"],
  ["378e52b0-c0a9-11cf-822d-00aa0051e40f", "sasec"],
  ["86d35949-83c9-4044-b424-db363231fd0c", "ITaskSchedulerService"],
  ["82273fdc-e32a-18c3-3f78-827929dc23ea", "eventlog"],
  ["f6beaff7-1e19-4fbb-9f8f-b89e2018337c", "eventlog6"],
  // MS-RPRN, MS-PAR: printing.
  ["12345678-1234-abcd-ef00-0123456789ab", "spoolss"],
  ["76f03f96-cdfd-44fc-a22c-64950a001209", "IRemoteWinspool"],
  // MS-EFSR, MS-DFSNM, MS-FSRVP: file systems.
  ["c681d488-d850-11d0-8c52-00c04fd90f7e", "efsrpc"],
  ["df1941c5-fe89-4e79-bf10-463657acf44d", "efsrpc"],
  ["4fc742e0-4a10-11cf-8273-00aa004ae673", "netdfs"],
  ["a8e0653c-2744-4389-a61d-7373df8b2292", "fssagentrpc"],
  // MS-WMI.
  ["f309ad18-d86a-11d0-a075-00c04fb68820", "IWbemLevel1Login"],
  ["9556dc99-828c-11cf-a37e-00aa003240c7", "IWbemServices"],
  ["dc12a681-737f-11cf-884d-00aa004b2e24", "IWbemObjectTextSrc"],
  // MS-OXNSPI, MS-OXCRPC: Exchange.
  ["f5cc5a18-4264-101a-8c59-08002b2f8426", "nspi"],
  ["a4f1db00-ca47-1067-b31f-00dd010662da", "emsmdb"],
  // MS-DNSP, MS-DHCPM.
  ["50abc2a4-574d-40b3-9d66-ee4fd5fba076", "dnsserver"],
  ["6bffd098-a112-3610-9833-012892020162", "browser"],
  // IEC 61158-6-10: PROFINET IO's context manager.
  ["dea00001-6c97-11d1-8271-00a02442df7d", "PNIO-Device"],
  ["dea00002-6c97-11d1-8271-00a02442df7d", "PNIO-Controller"],
  ["dea00003-6c97-11d1-8271-00a02442df7d", "PNIO-Supervisor"],
  ["dea00004-6c97-11d1-8271-00a02442df7d", "PNIO-ParameterServer"],
]);

/** The interface's name; undefined where it is not among the well-known ones. `uuid` is in lower case. */
export function interfaceName(uuid: string): string | undefined {
  return NAMES.get(uuid);
}

/** A UUID of 16 octets as text in lower case; `little`: its first three parts are little-endian (C706 appendix A). */
export function uuidText(octets: Uint8Array, at: number, little: boolean): string {
  const digits = encodeHex(octets, at, at + 16);
  const part = (start: number, length: number): string => {
    const text = digits.slice(start, start + length);
    return little ? text.replace(/(..)/g, "$1 ").trim().split(" ").reverse().join("") : text;
  };
  return `${part(0, 8)}-${part(8, 4)}-${part(12, 4)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}
