// Reads a JSON list of {"text", "isXml"} from standard input, and prints for each the list of
// faults that the validator finds: `severity place message`. It holds no opinion of its own.
const { Fhir } = require("fhir");

function faults(fhir, { text, isXml }) {
  try {
    const found = fhir.validate(isXml ? text : JSON.parse(text), {});
    return found.messages
      .filter((one) => one.severity === "error" || one.severity === "fatal")
      .map((one) => `${one.severity} ${one.location} ${one.message}`);
  } catch (error) {
    return [`exception ${error.message}`];
  }
}

const given = JSON.parse(require("fs").readFileSync(0, "utf8"));
const fhir = new Fhir();
process.stdout.write(JSON.stringify(given.map((one) => faults(fhir, one))));
