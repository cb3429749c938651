//! Interchange: a scorecard in the Predictive Model Markup Language (Data Mining Group, PMML 4.4).

use super::card::FittedScorecard;
use super::field::{BinKind, FieldBinning};
use super::reasons::{Baseline, MAX_REASONS};
use crate::plan::Ordered;

/// Lines with an indent for each level.
#[derive(Default)]
struct Lines {
    text: String,
    level: usize,
}

impl Lines {
    fn put(&mut self, line: &str) {
        let closing = line.starts_with("</");
        if closing {
            self.level = self.level.saturating_sub(1);
        }
        self.text.push_str(&" ".repeat(self.level));
        self.text.push_str(line);
        self.text.push('\n');
        let complete = line.ends_with("/>") || line.contains("</") || line.starts_with("<?");
        if !closing && !complete {
            self.level += 1;
        }
    }
}

impl FittedScorecard {
    /// The scorecard as a PMML `Scorecard`, for engines that read it; reasons by `pointsBelow` against a
    /// baseline, each named by its entry in `reason_codes` or else by its field.
    ///
    /// A category that the fit did not see scores as missing. The points are those of
    /// [`to_model`](FittedScorecard::to_model); in what order an engine adds them is its own affair.
    ///
    /// ```
    /// # use karat::Table;
    /// # use karat::evaluate::scorecard::{Baseline, Scorecard};
    /// # use karat::plan::Ordered;
    /// let complaints: Vec<f64> = (0..100).map(|i| f64::from(i % 4)).collect();
    /// let left: Vec<f64> = (0..100).map(|i| f64::from(u8::from(i % 9 < i % 4))).collect();
    /// let table = Table::from_columns([("complaints", complaints.into())])?;
    /// let card = Scorecard::new().fit(&table, &left)?;
    /// let text = card.to_pmml(Baseline::Maximum, &Ordered::new());
    /// assert!(text.contains(r#"<Characteristic name="complaints" reasonCode="complaints""#));
    /// # Ok::<(), karat::Error>(())
    /// ```
    #[must_use]
    pub fn to_pmml(&self, baseline: Baseline, reason_codes: &Ordered<String>) -> String {
        let mut lines = Lines::default();
        lines.put(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
        lines.put(r#"<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4">"#);
        lines.put(&format!(r#"<Header description="{}"/>"#, escaped(&self.name)));
        lines.put(&format!(r#"<DataDictionary numberOfFields="{}">"#, self.binning.fields.len()));
        self.binning.fields.iter().for_each(|field| dictionary_entry(&mut lines, field));
        lines.put("</DataDictionary>");
        let method = match baseline {
            Baseline::Maximum => "max",
            Baseline::Neutral => "neutral",
            Baseline::Mean => "mean",
            Baseline::Minimum => "min",
        };
        let (name, initial) = (escaped(&self.name), self.base_points.unwrap_or(0.0));
        lines.put(&format!(
            r#"<Scorecard modelName="{name}" functionName="regression" initialScore="{initial}" useReasonCodes="true" reasonCodeAlgorithm="pointsBelow" baselineMethod="{method}">"#,
        ));
        lines.put("<MiningSchema>");
        for field in &self.binning.fields {
            let name = escaped(&field.name);
            lines.put(&format!(r#"<MiningField name="{name}" invalidValueTreatment="asMissing"/>"#));
        }
        lines.put("</MiningSchema>");
        output(&mut lines);
        lines.put("<Characteristics>");
        let baselines = self.baseline(baseline);
        for ((field, points), baseline) in self.binning.fields.iter().zip(&self.points).zip(baselines) {
            let code = reason_codes.get(&field.name).unwrap_or(&field.name);
            lines.put(&format!(
                r#"<Characteristic name="{}" reasonCode="{}" baselineScore="{baseline}">"#,
                escaped(&field.name),
                escaped(code),
            ));
            attributes(&mut lines, field, points);
            lines.put("</Characteristic>");
        }
        lines.put("</Characteristics>");
        lines.put("</Scorecard>");
        lines.put("</PMML>");
        lines.text
    }
}

fn dictionary_entry(lines: &mut Lines, field: &FieldBinning) {
    let name = escaped(&field.name);
    match &field.kind {
        BinKind::Numeric { .. } => {
            lines.put(&format!(r#"<DataField name="{name}" optype="continuous" dataType="double"/>"#));
        }
        BinKind::Categorical { groups } => {
            lines.put(&format!(r#"<DataField name="{name}" optype="categorical" dataType="string">"#));
            for category in groups.iter().flatten() {
                lines.put(&format!(r#"<Value value="{}"/>"#, escaped(category)));
            }
            lines.put("</DataField>");
        }
    }
}

fn output(lines: &mut Lines) {
    lines.put("<Output>");
    lines
        .put(r#"<OutputField name="score" feature="predictedValue" optype="continuous" dataType="double"/>"#);
    for rank in 1..=MAX_REASONS {
        lines.put(&format!(
            r#"<OutputField name="reason_{rank}" feature="reasonCode" rank="{rank}" optype="categorical" dataType="string"/>"#,
        ));
    }
    lines.put("</Output>");
}

/// The first attribute that holds decides: missing, special values, then ranges by their upper ends.
fn attributes(lines: &mut Lines, field: &FieldBinning, points: &[f64]) {
    let mut put = |bin: usize, predicate: &str| {
        let points = points.get(bin).copied().unwrap_or(0.0);
        lines.put(&format!(r#"<Attribute partialScore="{points}">"#));
        lines.put(predicate);
        lines.put("</Attribute>");
    };
    let name = escaped(&field.name);
    put(field.missing_bin(), &format!(r#"<SimplePredicate field="{name}" operator="isMissing"/>"#));
    match &field.kind {
        BinKind::Numeric { cuts, special } => {
            for (position, value) in special.iter().enumerate() {
                let predicate =
                    format!(r#"<SimplePredicate field="{name}" operator="equal" value="{value}"/>"#);
                put(cuts.len() + 1 + position, &predicate);
            }
            for (bin, cut) in cuts.iter().enumerate() {
                put(bin, &format!(r#"<SimplePredicate field="{name}" operator="lessThan" value="{cut}"/>"#));
            }
            put(cuts.len(), "<True/>");
        }
        BinKind::Categorical { groups } => {
            for (bin, group) in groups.iter().enumerate() {
                let quoted: Vec<String> = group
                    .iter()
                    .map(|c| format!("\"{}\"", c.replace('\\', "\\\\").replace('"', "\\\"")))
                    .collect();
                put(
                    bin,
                    &format!(
                        r#"<SimpleSetPredicate field="{name}" booleanOperator="isIn"><Array type="string" n="{}">{}</Array></SimpleSetPredicate>"#,
                        group.len(),
                        escaped(&quoted.join(" ")),
                    ),
                );
            }
            put(field.missing_bin(), "<True/>");
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
