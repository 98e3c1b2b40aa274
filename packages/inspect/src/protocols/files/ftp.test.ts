import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { latin1 } from "@palisade/wire";
import { exercise } from "../../exercise.build.js";
import { Registry } from "../../registry.js";
import { protocols } from "../index.js";

const registry = Registry.of(protocols);

describe("FTP's control connection", () => {
  it("announces data connections by every command and reply that names a port", () => {
    const { expected } = exercise(registry, { transport: "tcp" }, [
      ["<", latin1("220 FTP\r\n")],
      [">", latin1("PASV\r\n")],
      ["<", latin1("227 Entering Passive Mode (192,0,2,1,4,210).\r\n")],
      [">", latin1("EPSV\r\n")],
      ["<", latin1("229 Entering Extended Passive Mode (|||6446|)\r\n")],
      [">", latin1("PORT 192,0,2,9,19,137\r\nEPRT |2|2001:db8::9|5282|\r\n")],
    ]);
    assert.deepEqual(expected, ["6:1234 ftp-data", "6:6446 ftp-data", "6:5001 ftp-data", "6:5282 ftp-data"]);
  });

  it("announces nothing for a reply that is only text", () => {
    const { expected, findings } = exercise(registry, { transport: "tcp" }, [
      ["<", latin1("220 FTP\r\n214-Commands:\r\nPORT PASV EPRT EPSV\r\n214 end\r\n")],
    ]);
    assert.deepEqual(expected, []);
    assert.deepEqual(findings, []);
  });
});
