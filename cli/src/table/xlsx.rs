//! Tables as an Excel workbook: a sheet each, spans kept, numbers as numbers where the table tells how they are written.

use super::numbers::{Decimal, Number};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde::Deserialize;
use tach_supervisor::Table;

/// The part of docling-core's `TableData` that a sheet needs.
#[derive(Deserialize)]
struct Data {
    table_cells: Vec<Cell>,
}

#[derive(Deserialize)]
struct Cell {
    start_row_offset_idx: u32,
    end_row_offset_idx: u32,
    start_col_offset_idx: u16,
    end_col_offset_idx: u16,
    text: String,
    column_header: bool,
}

/// The workbook's bytes. A sheet is called after its page, from 1, and the table's place on it.
///
/// # Errors
/// Where a table is larger than a sheet, or is none.
pub(super) fn workbook(tables: &[Table]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let (mut page, mut place) = (None, 0);
    for table in tables {
        place = if page == Some(table.page_index) { place + 1 } else { 1 };
        page = Some(table.page_index);
        let data: Data = serde_json::from_value(table.data.clone())
            .map_err(|error| XlsxError::ParameterError(format!("the worker's table cannot be read: {error}")))?;
        let sheet = book.add_worksheet();
        sheet.set_name(format!("p{} t{place}", table.page_index + 1))?;
        let decimal = Decimal::of(data.table_cells.iter().map(|cell| cell.text.as_str()));
        for cell in &data.table_cells {
            let (row, column) = (cell.start_row_offset_idx, cell.start_col_offset_idx);
            let mut format = if cell.column_header { Format::new().set_bold() } else { Format::new() };
            let number = if cell.column_header { None } else { decimal.number(&cell.text) };
            if let Some(number) = number {
                format = format.set_num_format(pattern(&number));
            }
            let last = (cell.end_row_offset_idx.max(row + 1) - 1, cell.end_col_offset_idx.max(column + 1) - 1);
            if last != (row, column) {
                // Cells of a table that was read wrongly may overlap; the later one then keeps its own place alone.
                let _ = sheet.merge_range(row, column, last.0, last.1, "", &format);
            }
            match number {
                Some(number) => sheet.write_number_with_format(row, column, number.value, &format)?,
                None => sheet.write_string_with_format(row, column, &cell.text, &format)?,
            };
        }
        sheet.autofit();
    }
    if tables.is_empty() {
        book.add_worksheet();
    }
    book.save_to_buffer()
}

/// Excel's pattern that shows a number as it was written.
fn pattern(number: &Number) -> String {
    let whole = if number.grouped { "#,##0" } else { "0" };
    let fraction = if number.decimals > 0 { format!(".{}", "0".repeat(number.decimals)) } else { String::new() };
    format!("{whole}{fraction}{}", if number.percent { "%" } else { "" })
}
