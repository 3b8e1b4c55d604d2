//! Spectral indices: names and formulas.
//!
//! They are those of the list of Awesome Spectral Indices (Montero et al. 2023, doi:10.1038/s41597-023-02096-0). The
//! bands have the names of STAC's EO extension.

/// Name, formula over reflectances of 0 to 1, and who published it.
pub(crate) const INDICES: &[(&str, &str, &str)] = &[
    ("ndvi", "(nir - red) / (nir + red)", "vegetation; Rouse et al. 1974"),
    ("gndvi", "(nir - green) / (nir + green)", "vegetation, chlorophyll; Gitelson et al. 1996"),
    ("ndre", "(nir - rededge) / (nir + rededge)", "vegetation, chlorophyll; Gitelson and Merzlyak 1994"),
    ("evi", "2.5 * (nir - red) / (nir + 6 * red - 7.5 * blue + 1)", "vegetation, dense; Huete et al. 1997"),
    ("evi2", "2.5 * (nir - red) / (nir + 2.4 * red + 1)", "evi without blue; Jiang et al. 2008"),
    ("savi", "1.5 * (nir - red) / (nir + red + 0.5)", "vegetation over soil; Huete 1988, L = 0.5"),
    ("osavi", "(nir - red) / (nir + red + 0.16)", "vegetation over soil; Rondeaux et al. 1996"),
    (
        "msavi",
        "0.5 * (2 * nir + 1 - sqrt((2 * nir + 1) ^ 2 - 8 * (nir - red)))",
        "vegetation over soil; Qi et al. 1994",
    ),
    ("arvi", "(nir - (2 * red - blue)) / (nir + (2 * red - blue))", "vegetation through haze; Kaufman and Tanre 1992"),
    ("wdrvi", "(0.1 * nir - red) / (0.1 * nir + red)", "vegetation, dense; Gitelson 2004, alpha = 0.1"),
    ("vari", "(green - red) / (green + red - blue)", "vegetation in visible light; Gitelson et al. 2002"),
    ("dvi", "nir - red", "vegetation; Richardson and Wiegand 1977"),
    ("sr", "nir / red", "vegetation, simple ratio; Jordan 1969"),
    ("rdvi", "(nir - red) / sqrt(nir + red)", "vegetation; Roujean and Breon 1995"),
    ("cig", "nir / green - 1", "chlorophyll; Gitelson et al. 2003"),
    ("cire", "nir / rededge - 1", "chlorophyll; Gitelson et al. 2003"),
    ("ndwi", "(green - nir) / (green + nir)", "open water; McFeeters 1996"),
    ("mndwi", "(green - swir16) / (green + swir16)", "open water; Xu 2006"),
    ("awei", "4 * (green - swir16) - 0.25 * nir - 2.75 * swir22", "open water; Feyisa et al. 2014"),
    (
        "aweish",
        "blue + 2.5 * green - 1.5 * (nir + swir16) - 0.25 * swir22",
        "open water beside shadows; Feyisa et al. 2014",
    ),
    ("ndmi", "(nir - swir16) / (nir + swir16)", "water in leaves; Gao 1996"),
    ("msi", "swir16 / nir", "drought stress; Hunt and Rock 1989"),
    ("ndsi", "(green - swir16) / (green + swir16)", "snow; Riggs et al. 1994"),
    ("nbr", "(nir - swir22) / (nir + swir22)", "burnt ground; Lopez Garcia and Caselles 1991"),
    ("nbr2", "(swir16 - swir22) / (swir16 + swir22)", "burnt ground"),
    ("bai", "1 / ((0.1 - red) ^ 2 + (0.06 - nir) ^ 2)", "burnt ground; Martin 1998"),
    ("ndbi", "(swir16 - nir) / (swir16 + nir)", "built-up land; Zha et al. 2003"),
    ("bsi", "((swir16 + red) - (nir + blue)) / ((swir16 + red) + (nir + blue))", "bare soil; Rikimaru et al. 2002"),
];
