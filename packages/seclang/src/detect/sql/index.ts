export { detectSql } from "./detect-sql.js";
