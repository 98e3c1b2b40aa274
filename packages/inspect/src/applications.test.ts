import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AssertionFailure } from "@palisade/base";
import { latin1 } from "@palisade/wire";
import { type Application, builtInApplications, compileApplications } from "./applications.js";

function application(name: string, ...hosts: readonly string[]): Application {
  return { name, title: name, category: "web", source: "its vendor", hosts };
}

describe("applications by host name", () => {
  const table = compileApplications([
    application("shop", "shop.example", "=pay.example"),
    application("shop-video", "video.shop.example"),
  ]);
  const nameOf = (host: string): string | undefined => {
    const octets = latin1(`<${host}>`);
    return table.lookup(octets, 1, octets.length - 1)?.name;
  };

  it("are found by the longest name that the host is or lies below", () => {
    assert.equal(nameOf("shop.example"), "shop");
    assert.equal(nameOf("www.shop.example"), "shop");
    assert.equal(nameOf("a.video.shop.example"), "shop-video");
    assert.equal(nameOf("VIDEO.Shop.Example"), "shop-video");
  });

  it("are not found by part of a label, nor below a name that stands alone", () => {
    assert.equal(nameOf("workshop.example"), undefined);
    assert.equal(nameOf("pay.example"), "shop");
    assert.equal(nameOf("www.pay.example"), undefined);
    assert.equal(nameOf("example"), undefined);
    assert.equal(nameOf(""), undefined);
    assert.equal(nameOf("."), undefined);
  });

  it("are refused with a host that is no domain name", () => {
    assert.throws(() => compileApplications([application("bad", "not a name")]), AssertionFailure);
  });

  it("that are built in are compiled once", () => {
    assert.equal(builtInApplications(), builtInApplications());
  });
});
