/** Microsoft SQL Server: the answer to PRELOGIN ([MS-TDS] §2.2.6.5), which says the version before a log-in. */
import { be16, concat, hex } from "@palisade/wire";
import { ConnectFailure } from "../connection.js";
import type { DetailReader, Learnt } from "./detail.js";
import { OctetReader } from "./octet-reader.js";

const PRELOGIN = 0x12;
const RESPONSE = 0x04;
const OPTION = { version: 0, encryption: 1, end: 0xff } as const;
const OPTIONS_MAX = 16;
const ENCRYPTION = ["off", "on", "not supported", "required"];

/** Names by major and minor version. */
const RELEASES: Readonly<Record<string, string>> = {
  "8.0": "2000",
  "9.0": "2005",
  "10.0": "2008",
  "10.50": "2008 R2",
  "11.0": "2012",
  "12.0": "2014",
  "13.0": "2016",
  "14.0": "2017",
  "15.0": "2019",
  "16.0": "2022",
  "17.0": "2025",
};

/** PRELOGIN with version and encryption: two options of five octets, an end, and their values. */
export function mssqlPrelogin(): Uint8Array {
  const values = hex("00000000 0000 00"); // no version of ours; encryption off, but possible
  const options = concat(OPTION.version, be16(11), be16(6), OPTION.encryption, be16(17), be16(1), OPTION.end);
  const payload = concat(options, values);
  return concat(PRELOGIN, 0x01, be16(8 + payload.length), hex("0000 00 00"), payload);
}

export function readPreloginResponse(packet: Uint8Array): Learnt | undefined {
  const header = new OctetReader(packet);
  if (header.u8() !== RESPONSE) return undefined;
  const payload = packet.subarray(8);
  const options = new OctetReader(payload);
  let version: string | undefined;
  let release: string | undefined;
  let encryption: string | undefined;
  for (let count = 0; count < OPTIONS_MAX; count += 1) {
    const option = options.u8();
    if (option === OPTION.end || options.short) break;
    const value = new OctetReader(payload.subarray(options.u16()));
    options.u16();
    if (option === OPTION.version) {
      const [major, minor, build, subbuild] = [value.u8(), value.u8(), value.u16(), value.u16()];
      if (value.short) return undefined;
      version = `${major}.${String(minor).padStart(2, "0")}.${build}.${String(subbuild).padStart(2, "0")}`;
      release = RELEASES[`${major}.${minor}`];
    } else if (option === OPTION.encryption) encryption = ENCRYPTION[value.u8()];
  }
  if (version === undefined) return undefined;
  return {
    fields: { product: `Microsoft SQL Server${release === undefined ? "" : ` ${release}`}`, version },
    cpe: [
      `cpe:/a:microsoft:sql_server${release === undefined ? "" : `:${release.toLowerCase().replace(" ", "_")}`}`,
    ],
    details: encryption === undefined ? {} : { "mssql-encryption": encryption },
  };
}

/** `mssql-encryption`. */
export const mssql: DetailReader = {
  services: ["ms-sql-s", "mssql"],
  async read(context): Promise<Learnt | undefined> {
    const connection = await context.open();
    if (connection instanceof ConnectFailure) return undefined;
    connection.write(mssqlPrelogin());
    const packet = await connection.receive((octets) => {
      if (octets.length < 4) return 0;
      const length = new OctetReader(octets, 2).u16();
      return octets[0] !== RESPONSE || length < 8 ? -1 : length;
    }, context.waitMs);
    connection.close();
    return packet && readPreloginResponse(packet);
  },
};
