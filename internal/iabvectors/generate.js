// Writes consent strings with the official packages of the IAB, and what those
// packages read in them, as the oracle for the readers in consent/source/iab.
//
//     npm ci && npm run vectors
//
// The output is the same every time: choices come from a generator with a
// fixed seed, and no clock is looked at. One line is one string; its fields
// are divided by tabs:
//
//     tcf  STRING  PURPOSES  LI  FEATURES  POLICY  SPECIFIC  ONE  CREATED  UPDATED
//     gpp  STRING  SECTION…
//     usp  STRING  NOTICE,OPTOUT,LSPA
//
// PURPOSES, LI and FEATURES are hexadecimal with bit n-1 for number n, SPECIFIC
// and ONE are 0 or 1, CREATED and UPDATED are tenths of a second since 1970.
// A SECTION of the US is id:SALE,SHARING,TARGETED,GPC with - for fields that
// the section does not have or leaves out; section 2 is 2:PURPOSES,LI,FEATURES,
// section 6 is 6:NOTICE,OPTOUT,LSPA, others are their id.
//
// Everything that is expected was decoded from the finished string by the
// package, and agreed with what had been put in.

import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { GppModel, Sections } from "@iabgpp/cmpapi";
import { GVL, PurposeRestriction, RestrictionType, Segment, SegmentEncoder, TCModel, TCString } from "@iabtechlabtcf/core";

const TCF_STRINGS = 1200;
const GPP_STRINGS = 1100;

// mulberry32, a small generator of 32 bits.
let seed = 20251201;
function random() {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const below = (n) => Math.floor(random() * n);
const chance = (p) => random() < p;
const pick = (list) => list[below(list.length)];

// numbers is a random set of 1 to max: empty, full, sparse or half.
function numbers(max) {
  const p = pick([0, 0.1, 0.5, 0.5, 0.9, 1]);
  return Array.from({ length: max }, (_, i) => i + 1).filter(() => chance(p));
}

const hex = (ns) => ns.reduce((v, n) => v | (1n << BigInt(n - 1)), 0n).toString(16);
const day = () => new Date(Date.UTC(2023, 8, 30) + below(1200) * 86400000);
const bit = (b) => (b ? 1 : 0);
const lines = [];

// --- TCF ---------------------------------------------------------------------

const VENDORS = 12; // few, to keep strings short: their bits are not read
const PURPOSES = 11;

// list is a vendor list as the package demands one to write a whole string.
function list(policy) {
  const names = (n) =>
    Object.fromEntries(Array.from({ length: n }, (_, i) => [i + 1, { id: i + 1, name: "", description: "", illustrations: [] }]));
  const vendors = {};
  for (let id = 1; id <= VENDORS; id++) {
    vendors[id] = {
      id,
      name: "",
      purposes: [1, 2, 3, 4],
      legIntPurposes: [7, 9],
      flexiblePurposes: [2, 7],
      specialPurposes: [1],
      features: [1],
      specialFeatures: [1],
      usesCookies: true,
      cookieMaxAgeSeconds: 1,
      cookieRefresh: false,
      usesNonCookieAccess: false,
      dataRetention: { purposes: {}, specialPurposes: {} },
      urls: [],
    };
  }
  return new GVL({
    gvlSpecificationVersion: 3,
    vendorListVersion: 1 + below(4000),
    tcfPolicyVersion: policy,
    lastUpdated: "2025-01-01T00:00:00Z",
    purposes: names(PURPOSES),
    specialPurposes: names(3),
    features: names(3),
    specialFeatures: names(2),
    stacks: {},
    dataCategories: {},
    vendors,
  });
}

const LISTS = new Map([2, 3, 4, 5].map((policy) => [policy, list(policy)]));

function tcf() {
  const policy = chance(0.2) ? pick([2, 3]) : pick([4, 5]);
  const m = new TCModel();
  const raw = chance(0.5); // all 24 and 12 bits, past the rules of the package
  const purposes = numbers(raw ? 24 : PURPOSES);
  const interests = numbers(raw ? 24 : PURPOSES).filter((n) => raw || ![1, 3, 4, 5, 6].includes(n));
  const features = numbers(raw ? 12 : 2);
  if (raw) {
    m.policyVersion = policy;
    m.vendorListVersion = below(4096);
    m.consentLanguage = pick(["EN", "DE", "FR", "BG"]);
  } else {
    m.gvl = LISTS.get(policy);
  }
  m.cmpId = 2 + below(4094);
  m.cmpVersion = below(4096);
  m.consentScreen = below(64);
  m.isServiceSpecific = !chance(0.12);
  m.useNonStandardTexts = chance(0.5);
  m.purposeOneTreatment = chance(0.5);
  m.publisherCountryCode = pick(["DE", "FR", "AA", "ZZ"]);
  m.purposeConsents.set(purposes);
  m.purposeLegitimateInterests.set(interests);
  m.specialFeatureOptins.set(features);
  m.vendorConsents.set(numbers(VENDORS));
  m.vendorLegitimateInterests.set(numbers(VENDORS));
  m.vendorsDisclosed.set(numbers(VENDORS));
  m.vendorsAllowed.set(numbers(VENDORS));
  m.publisherConsents.set(numbers(PURPOSES));
  m.publisherLegitimateInterests.set(numbers(PURPOSES));
  if (!raw && m.isServiceSpecific && chance(0.2)) {
    const r = new PurposeRestriction();
    r.purposeId = 2;
    r.restrictionType = RestrictionType.REQUIRE_CONSENT;
    m.publisherRestrictions.add(1 + below(VENDORS), r);
  }
  m.created = day();
  m.lastUpdated = chance(0.5) ? m.created : new Date(m.created.getTime() + below(1e6) * 100);

  let s;
  if (raw) {
    const others = [Segment.VENDORS_DISCLOSED, Segment.VENDORS_ALLOWED, Segment.PUBLISHER_TC].filter(() => chance(0.4));
    s = [Segment.CORE, ...others].map((segment) => SegmentEncoder.encode(m, segment)).join(".");
  } else if (chance(0.5)) {
    s = TCString.encode(m);
  } else {
    const others = [Segment.VENDORS_DISCLOSED, Segment.VENDORS_ALLOWED, Segment.PUBLISHER_TC].filter(() => chance(0.5));
    s = TCString.encode(m, { segments: [Segment.CORE, ...others] });
  }

  const d = TCString.decode(s);
  const set = (vector, max) => Array.from({ length: max }, (_, i) => i + 1).filter((n) => vector.has(n));
  assert.deepEqual(set(d.purposeConsents, 24), purposes);
  assert.deepEqual(set(d.purposeLegitimateInterests, 24), interests);
  assert.deepEqual(set(d.specialFeatureOptins, 12), features);
  assert.equal(d.policyVersion, policy);
  assert.equal(d.isServiceSpecific, m.isServiceSpecific);
  assert.equal(d.created.getTime(), m.created.getTime());
  lines.push(
    [
      "tcf", s, hex(purposes), hex(interests), hex(features), d.policyVersion, bit(d.isServiceSpecific),
      bit(d.purposeOneTreatment), d.created.getTime() / 100, d.lastUpdated.getTime() / 100,
    ].join("\t"),
  );
}

// --- GPP ---------------------------------------------------------------------

const US = [...Sections.SECTION_ID_NAME_MAP].filter(([id]) => id >= 7);
const OPT_OUTS = ["SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut"];
const OPTIONAL = ["GpcSegmentIncluded", "SensitiveDataConsentSegmentIncluded"];

// optOut leaves most strings without an opt-out, so that each of them decides.
const optOut = (p) => (chance(p) ? 1 : pick([0, 2]));

function fillUS(m, id, name) {
  m.setFieldValue(name, id >= 24 ? "MspaVersion" : "Version", id === 7 ? pick([1, 2]) : id >= 24 ? 1 + below(3) : 1);
  const object = m.toObject()[name];
  const p = pick([0, 0, 0.2, 0.5]);
  for (const [field, value] of Object.entries(object)) {
    if (OPT_OUTS.includes(field)) {
      m.setFieldValue(name, field, optOut(p));
    } else if (field === "Gpc") {
      m.setFieldValue(name, field, chance(p));
    } else if (Array.isArray(value)) {
      m.setFieldValue(name, field, value.map(() => below(3)));
    } else if (field === "MspaCoveredTransaction") {
      m.setFieldValue(name, field, 1 + below(2));
    } else if (typeof value === "number" && !/Version|SegmentType/.test(field)) {
      m.setFieldValue(name, field, below(3));
    }
  }
  for (const field of OPTIONAL) {
    if (value(m, name, field) !== "-") {
      m.setFieldValue(name, field, chance(0.7));
    }
  }
}

// value is a field's, "-" for one that the section does not have. (hasField
// does not know the fields that say which segments there are.)
function value(m, name, field) {
  try {
    return m.getFieldValue(name, field);
  } catch (err) {
    assert.match(err.message, /Invalid field/);
    return "-";
  }
}

function readUS(m, id, name) {
  const gpc = value(m, name, "GpcSegmentIncluded") === true ? bit(value(m, name, "Gpc")) : "-";
  return `${id}:${[...OPT_OUTS.map((field) => value(m, name, field)), gpc].join(",")}`;
}

function fillEU(m) {
  const flags = (n) => Array.from({ length: n }, () => chance(0.5));
  m.setFieldValue("tcfeuv2", "CmpId", 2 + below(4094));
  m.setFieldValue("tcfeuv2", "PolicyVersion", pick([4, 5]));
  m.setFieldValue("tcfeuv2", "IsServiceSpecific", true);
  m.setFieldValue("tcfeuv2", "SpecialFeatureOptins", flags(12));
  m.setFieldValue("tcfeuv2", "PurposeConsents", flags(24));
  m.setFieldValue("tcfeuv2", "PurposeLegitimateInterests", flags(24));
  m.setFieldValue("tcfeuv2", "VendorConsents", numbers(VENDORS));
  m.setFieldValue("tcfeuv2", "Created", day()); // last: every other field sets it to today
}

function readEU(m) {
  const set = (field) => hex(m.getFieldValue("tcfeuv2", field).flatMap((on, i) => (on ? [i + 1] : [])));
  return `2:${["PurposeConsents", "PurposeLegitimateInterests", "SpecialFeatureOptins"].map(set).join(",")}`;
}

const USP_FIELDS = ["Notice", "OptOutSale", "LspaCovered"];

function gpp(i) {
  const m = new GppModel();
  // Every section alone first, then together in growing numbers.
  const chosen = i < US.length * 20 ? [US[i % US.length]] : US.filter(() => chance(pick([0.05, 0.15, 0.3])));
  for (const [id, name] of chosen) {
    fillUS(m, id, name);
  }
  if (i >= US.length * 20) {
    if (chance(0.15)) {
      fillEU(m);
    }
    if (chance(0.1)) {
      m.setFieldValue("tcfcav1", "CmpId", 50);
      m.setFieldValue("tcfcav1", "Created", day());
      m.setFieldValue("tcfcav1", "LastUpdated", day());
    }
    if (chance(0.3)) {
      for (const field of USP_FIELDS) {
        m.setFieldValue("uspv1", field, pick(["Y", "N", "-"]));
      }
    }
  }
  const s = m.encode();
  const d = new GppModel(s);
  for (const [id, name] of chosen) {
    assert.equal(readUS(d, id, name), readUS(m, id, name), s);
  }
  const sections = d.getSectionIds().map((id) => {
    if (id === 2) {
      return readEU(d);
    }
    if (id === 6) {
      return `6:${USP_FIELDS.map((field) => d.getFieldValue("uspv1", field)).join(",")}`;
    }
    return id >= 7 ? readUS(d, id, Sections.SECTION_ID_NAME_MAP.get(id)) : `${id}`;
  });
  lines.push(["gpp", s, ...sections].join("\t"));
}

// --- US Privacy --------------------------------------------------------------

function usp(answers) {
  const m = new GppModel();
  USP_FIELDS.forEach((field, i) => m.setFieldValue("uspv1", field, answers[i]));
  const s = m.encodeSection("uspv1");
  lines.push(["usp", s, answers.join(",")].join("\t"));
}

for (let i = 0; i < TCF_STRINGS; i++) {
  tcf();
}
for (let i = 0; i < GPP_STRINGS; i++) {
  gpp(i);
}
for (const a of "YN-") for (const b of "YN-") for (const c of "YN-") usp([a, b, c]);

writeFileSync(process.argv[2], lines.join("\n") + "\n");
console.log(`${lines.length} strings`);
