import assert from "node:assert/strict";
import { test } from "node:test";
import { fold, isEmpty, matches, parseQuery, snippet } from "../src/search.ts";

const found = (text, typed) => matches(fold(text), parseQuery(typed));

test("all words must occur, in any order, as parts of words", () => {
  assert.ok(found("Write a poem about the sea", "sea poem"));
  assert.ok(found("Write poems", "poem"));
  assert.ok(!found("Write a poem", "poem sea"));
});

test("phrases keep together, also while their end is still being typed", () => {
  assert.ok(found("the red fox", '"red fox"'));
  assert.ok(!found("the fox is red", '"red fox"'));
  assert.ok(!found("the fox is red", '"red fo'));
});

test("a minus leaves out", () => {
  assert.ok(!found("a red fox", "fox -red"));
  assert.ok(!found("a red fox", 'fox -"red fox"'));
  assert.ok(found("a grey fox", "fox -red"));
});

test("case and accents do not matter", () => {
  assert.ok(found("Résumé ÉCRIT", "resume écrit"));
});

test("nothing typed finds everything", () => {
  for (const typed of ["", "  ", "-", '"', '""']) assert.ok(isEmpty(parseQuery(typed)), JSON.stringify(typed));
});

test("a snippet begins shortly before a match that lies far in", () => {
  const far = `${"word ".repeat(40)}needle ${"word ".repeat(20)}`;
  assert.ok(snippet(far, parseQuery("needle")).indexOf("needle") < 50);
  assert.equal(snippet("a needle", parseQuery("needle")), "a needle");
  assert.ok(snippet("x".repeat(200) + "needle", parseQuery("needle")).includes("needle"));
});
